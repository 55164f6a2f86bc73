//! Background: how common a term is in general news, for drops too small to say it themselves.
//!
//! The table shipped with the program holds counts and nothing else: for each language, how many
//! documents were counted and in how many of them each stem occurs. `cargo bench --bench background`
//! makes it from any corpora; its stems are this project's own, so it is made again whenever the
//! scanner, a stop list or a stemmer changes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use hashbrown::HashMap;

use super::TermCounts;
use crate::corpus::{DocId, Language};
use crate::tokens::Terms;

/// Document frequencies of terms by language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Background {
    languages: BTreeMap<Language, Frequencies>,
}

/// Document frequencies of one language's terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Frequencies {
    /// Documents counted.
    n_documents: u64,
    /// All terms, one after another, in ascending order.
    letters: String,
    /// Where each term ends in `letters`.
    ends: Vec<u32>,
    /// In how many documents each term occurs; as long as `ends`.
    documents: Vec<u32>,
}

impl Frequencies {
    fn name(&self, place: usize) -> &str {
        let begin = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.letters[begin as usize..self.ends[place] as usize]
    }

    fn push(&mut self, name: &str, documents: u32) {
        self.letters.push_str(name);
        self.ends.push(self.letters.len() as u32);
        self.documents.push(documents);
    }
}

impl Background {
    /// The table shipped with the program: English, French, Italian, Portuguese and Spanish.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Background> = OnceLock::new();
        SHIPPED.get_or_init(|| Self::decode(include_bytes!("background.zst")).unwrap_or_default())
    }

    /// Share of the counted documents of `language` in which `term` occurs, 0..=1; 0 for terms too rare to
    /// be listed, none where the language was not counted.
    #[must_use]
    pub fn share(&self, language: Language, term: &str) -> Option<f64> {
        let table = self.languages.get(&language)?;
        let (mut low, mut high) = (0, table.ends.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match table.name(middle).cmp(term) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    return Some(f64::from(table.documents[middle]) / table.n_documents.max(1) as f64);
                }
            }
        }
        Some(0.0)
    }

    /// The languages counted: code, documents, terms listed.
    pub fn languages(&self) -> impl Iterator<Item = (Language, u64, usize)> + '_ {
        self.languages.iter().map(|(&language, table)| (language, table.n_documents, table.ends.len()))
    }

    /// The table as bytes: terms share their beginnings with the term before, numbers are written in sevens
    /// of bits, and zstd packs the whole.
    ///
    /// # Errors
    /// Those of the packer.
    pub fn encode(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        write_number(&mut bytes, self.languages.len() as u64);
        for (language, table) in &self.languages {
            bytes.extend_from_slice(&language.code().as_bytes()[..2]);
            write_number(&mut bytes, table.n_documents);
            write_number(&mut bytes, table.ends.len() as u64);
            let mut before = "";
            for place in 0..table.ends.len() {
                let name = table.name(place);
                let mut shared = name.bytes().zip(before.bytes()).take_while(|(a, b)| a == b).count();
                while !name.is_char_boundary(shared) {
                    shared -= 1;
                }
                write_number(&mut bytes, shared as u64);
                write_number(&mut bytes, (name.len() - shared) as u64);
                bytes.extend_from_slice(&name.as_bytes()[shared..]);
                before = name;
            }
            for &documents in &table.documents {
                write_number(&mut bytes, u64::from(documents));
            }
        }
        zstd::bulk::compress(&bytes, 19)
    }

    /// The table from its bytes; none where they are not such a table.
    #[must_use]
    pub fn decode(packed: &[u8]) -> Option<Self> {
        let bytes = zstd::stream::decode_all(packed).ok()?;
        let mut rest = bytes.as_slice();
        let mut languages = BTreeMap::new();
        for _ in 0..read_number(&mut rest)? {
            let language = Language::from_code(std::str::from_utf8(rest.split_off(..2)?).ok()?)?;
            let mut table = Frequencies { n_documents: read_number(&mut rest)?, ..Frequencies::default() };
            let n_terms = read_number(&mut rest)?;
            let mut begin = 0usize;
            for _ in 0..n_terms {
                let shared = read_number(&mut rest)? as usize;
                let new = read_number(&mut rest)? as usize;
                let end = table.letters.len();
                let prefix = table.letters.get(begin..begin.checked_add(shared)?)?.to_owned();
                table.letters.push_str(&prefix);
                table.letters.push_str(std::str::from_utf8(rest.split_off(..new)?).ok()?);
                table.ends.push(table.letters.len() as u32);
                begin = end;
            }
            for _ in 0..n_terms {
                table.documents.push(u32::try_from(read_number(&mut rest)?).ok()?);
            }
            languages.insert(language, table);
        }
        Some(Self { languages })
    }
}

/// Counts towards a [`Background`], collection after collection.
#[derive(Debug, Default)]
pub struct BackgroundCounts {
    languages: BTreeMap<Language, (u64, HashMap<String, u32>)>,
}

impl BackgroundCounts {
    /// Adds a collection's documents, each to the language it was read in.
    pub fn add(&mut self, counts: &TermCounts, terms: &Terms) {
        let mut seen: BTreeMap<Language, Vec<u32>> = BTreeMap::new();
        for document in 0..counts.n_documents() {
            let language = terms.language(DocId(document as u32));
            self.languages.entry(language).or_default().0 += 1;
            let frequencies = seen.entry(language).or_insert_with(|| vec![0; terms.len()]);
            for &term in &counts.terms[counts.begins[document]..counts.begins[document + 1]] {
                frequencies[term as usize] += 1;
            }
        }
        for (language, frequencies) in seen {
            let table = &mut self.languages.entry(language).or_default().1;
            for (name, documents) in
                terms.names.iter().zip(frequencies).filter(|&(_, documents)| documents > 0)
            {
                *table.entry_ref(name.as_str()).or_default() += documents;
            }
        }
    }

    /// The table of `languages`, terms in at least `floor` documents listed.
    #[must_use]
    pub fn finish(&self, languages: &[Language], floor: u32) -> Background {
        let table = |(n_documents, frequencies): &(u64, HashMap<String, u32>)| {
            let mut listed: Vec<_> = frequencies.iter().filter(|entry| *entry.1 >= floor).collect();
            listed.sort_unstable();
            let mut table = Frequencies { n_documents: *n_documents, ..Frequencies::default() };
            for (name, &documents) in listed {
                table.push(name, documents);
            }
            table
        };
        let wanted = self.languages.iter().filter(|(language, _)| languages.contains(language));
        Background { languages: wanted.map(|(&language, counts)| (language, table(counts))).collect() }
    }
}

pub(crate) fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(crate) fn read_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let byte = *rest.split_off_first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(code: &str) -> Language {
        Language::from_code(code).unwrap()
    }

    #[test]
    fn a_table_comes_back_from_its_bytes() {
        let mut counts = BackgroundCounts::default();
        for (code, words) in [("en", vec!["", "polic", "police", "politi"]), ("fr", vec!["être", "étranger"])]
        {
            let table = words.iter().map(|word| ((*word).to_owned(), 3 + word.len() as u32 * 100)).collect();
            counts.languages.insert(language(code), (1000, table));
        }
        let table = counts.finish(&[language("en"), language("fr")], 4);
        assert_eq!(Background::decode(&table.encode().unwrap()), Some(table.clone()));
        assert_eq!(table.share(language("en"), "police"), Some(0.603));
        assert_eq!(table.share(language("en"), ""), Some(0.0), "below the floor");
        assert_eq!(table.share(language("de"), "police"), None);
    }

    #[test]
    fn broken_bytes_are_no_table() {
        assert_eq!(Background::decode(b"no zstd"), None);
        for bytes in [&b"\x01"[..], b"\x01en", b"\x01en\x05\x02\x00\x01a", b"\x01en\x05\x01\x09\x01a\x01"] {
            assert_eq!(Background::decode(&zstd::bulk::compress(bytes, 1).unwrap()), None);
        }
    }

    #[test]
    fn the_shipped_table_knows_five_languages_and_what_is_common_in_them() {
        let shipped = Background::shipped();
        assert_eq!(shipped.languages().count(), 5);
        for (code, common, rare) in [
            ("en", "say", "volleybal"),
            ("es", "año", "voleibol"),
            ("fr", "plus", "dentist"),
            ("it", "anni", "dentist"),
            ("pt", "ano", "dentist"),
        ] {
            let share = |term| shipped.share(language(code), term).unwrap();
            assert!(share(common) > 0.1, "{code} {common} {}", share(common));
            assert!(share(rare) < 0.02, "{code} {rare} {}", share(rare));
        }
    }
}
