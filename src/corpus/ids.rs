//! A name of its own for every document, whatever order they came in.

use std::cmp::Ordering;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::draft::Shelved;
use super::texts::TextSpace;
use super::{Action, Document, Problem, format};

/// Documents with their texts, sorted by id, each id once.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) documents: Vec<Shelved>,
    /// Records folded into an equal one with the same id.
    pub(super) repeated: u64,
}

/// Names what has no name, folds what came twice, and tells apart what shares a name.
///
/// `texts` has what is not in memory; `names` how files are shown in messages and what they are called below their inputs, by
/// [`Shelved::file`].
pub(super) fn resolve(
    mut drafts: Vec<Shelved>,
    texts: &TextSpace,
    names: &[(String, String)],
    problems: &mut Vec<Problem>,
) -> Named {
    name_the_nameless(&mut drafts, names);
    sort(&mut drafts, texts);
    let mut taken: HashSet<String> = HashSet::new();
    let shares_an_id = drafts.windows(2).any(|pair| pair[0].document.id == pair[1].document.id);
    if shares_an_id {
        taken.extend(drafts.iter().map(|draft| draft.document.id.clone()));
    }

    let mut documents: Vec<Shelved> = Vec::with_capacity(drafts.len());
    let mut repeated = 0;
    let mut renamed = false;
    // The id as given of the documents before, and how many texts have it.
    let (mut given, mut n_texts) = (String::new(), 0_u32);
    for mut draft in drafts {
        let Shelved { document, text, text_hash, file, .. } = &mut draft;
        let mut note = |code, message| {
            problems.push(Problem {
                path: names.get(*file as usize).map_or_else(String::new, |(shown, _)| shown.clone()),
                line: document.line,
                byte_offset: None,
                code,
                message,
                action: Action::Repaired,
            });
        };
        if n_texts == 0 || document.id != given {
            given.clear();
            if shares_an_id {
                given.push_str(&document.id);
                n_texts = 1;
            }
        } else if documents
            .last()
            .is_some_and(|last| last.text_hash == *text_hash && texts.text(last.text) == texts.text(*text))
        {
            repeated += 1;
            note("repeated", format!("the same id and text again: {}; counted once", short(&document.id)));
            continue;
        } else {
            let mut own = String::new();
            while own.is_empty() || taken.contains(&own) {
                n_texts += 1;
                own = format!("{given}#{n_texts}");
            }
            note(
                "shared_id",
                format!("another text has the id {} too; this one is called {}", short(&given), short(&own)),
            );
            taken.insert(own.clone());
            document.id = own;
            renamed = true;
        }
        documents.push(draft);
    }
    if renamed {
        documents.par_sort_unstable_by(|a, b| a.document.id.cmp(&b.document.id));
    }
    Named { documents, repeated }
}

/// An id for a message: nobody reads a megabyte.
fn short(id: &str) -> String {
    const MOST: usize = 80;
    let n = id.chars().count();
    if n <= MOST {
        return format!("{id:?}");
    }
    // Both ends: what tells ids apart stands at the end as often as not.
    let begin: String = id.chars().take(MOST / 2).collect();
    let end: String = id.chars().skip(n - MOST / 2).collect();
    format!("{begin:?}...{end:?} ({n} characters)")
}

/// Sorts by [`order`]. Only texts that share an id are hashed: in most drops, none.
fn sort(drafts: &mut [Shelved], texts: &TextSpace) {
    drafts.par_sort_unstable_by(|a, b| a.document.id.cmp(&b.document.id));
    for sharing in
        drafts.chunk_by_mut(|a, b| a.document.id == b.document.id).filter(|sharing| sharing.len() > 1)
    {
        sharing.par_iter_mut().for_each(|draft| {
            draft.text_hash = rapidhash::v3::rapidhash_v3(texts.text(draft.text).as_bytes());
        });
        sharing.par_sort_unstable_by(|a, b| order(a, b, texts));
    }
}

/// By id, then by text, then by what else tells records apart; where they lay comes last.
fn order(a: &Shelved, b: &Shelved, texts: &TextSpace) -> Ordering {
    let rest = |draft: &Shelved| {
        let Document { title, date, source, url, extra, .. } = &draft.document;
        (
            title.clone(),
            date.clone(),
            source.clone(),
            url.clone(),
            draft.document.language,
            serde_json::to_string(extra).unwrap_or_default(),
        )
    };
    a.document
        .id
        .cmp(&b.document.id)
        .then_with(|| a.text_hash.cmp(&b.text_hash))
        .then_with(|| texts.text(a.text).cmp(&texts.text(b.text)))
        .then_with(|| rest(a).cmp(&rest(b)))
        .then_with(|| a.document.path.cmp(&b.document.path))
        .then_with(|| a.document.line.cmp(&b.document.line))
        .then_with(|| (a.file, a.member, a.record).cmp(&(b.file, b.member, b.record)))
}

/// A record without an id is called by its file and line; a file by its path, without the extension
/// unless another file differs in nothing else. Files that lie alike below two inputs are called by their paths as
/// given: they are two files, and may be copies.
fn name_the_nameless(drafts: &mut [Shelved], names: &[(String, String)]) {
    let mut file_of: HashMap<String, u32> = HashMap::new();
    let mut shared: HashSet<String> = HashSet::new();
    for draft in drafts.iter().filter(|draft| draft.document.id.is_empty()) {
        let path = draft.document.path.as_str();
        if *file_of.entry_ref(path).or_insert(draft.file) != draft.file {
            shared.get_or_insert_with(path, str::to_owned);
        }
    }
    let path_of = |draft: &Shelved| match names.get(draft.file as usize) {
        // Of a member of an archive, what follows the archive's own name stays.
        Some((shown, relative)) if shared.contains(&draft.document.path) => {
            shown.clone() + draft.document.path.strip_prefix(relative.as_str()).unwrap_or_default()
        }
        _ => draft.document.path.clone(),
    };
    let mut n_files: HashMap<String, u32> = HashMap::new();
    for draft in drafts.iter().filter(|draft| is_nameless_file(draft)) {
        *n_files.entry_ref(format::stem(&path_of(draft))).or_default() += 1;
    }
    for draft in drafts.iter_mut().filter(|draft| draft.document.id.is_empty()) {
        let path = path_of(draft);
        draft.document.id = if let Some(place) = draft.document.line.or(draft.record) {
            format!("{path}:{place}")
        } else {
            let stem = format::stem(&path);
            if n_files.get(stem) == Some(&1) { stem.to_owned() } else { path }
        };
    }
}

fn is_nameless_file(draft: &Shelved) -> bool {
    draft.document.id.is_empty() && draft.document.line.is_none() && draft.record.is_none()
}

#[cfg(test)]
mod tests {
    use super::super::draft::Draft;
    use super::super::texts::Shelf;
    use super::*;

    fn named(records: &[(&str, &str)]) -> (Vec<(String, String)>, u64, Vec<Problem>) {
        let shelf = Shelf::new(u64::MAX, None);
        let drafts = records
            .iter()
            .map(|(id, text)| {
                let mut draft = Draft::new((*text).to_owned(), String::new(), Some(1));
                (*id).clone_into(&mut draft.document.id);
                draft.shelve_on(&shelf)
            })
            .collect();
        let mut problems = Vec::new();
        let texts = shelf.finish().unwrap();
        let named = resolve(drafts, &texts, &[], &mut problems);
        let text = |draft: &Shelved| texts.text(draft.text).into_owned();
        let list =
            named.documents.into_iter().map(|draft| (draft.document.id.clone(), text(&draft))).collect();
        (list, named.repeated, problems)
    }

    #[test]
    fn the_same_record_twice_is_one_document() {
        let (list, repeated, problems) = named(&[("a", "one"), ("b", "two"), ("a", "one")]);
        assert_eq!(list, [("a".into(), "one".into()), ("b".into(), "two".into())]);
        assert_eq!((repeated, problems.len()), (1, 1));
    }

    #[test]
    fn other_texts_with_the_same_id_get_a_number_whatever_the_order() {
        let records = [("a", "one"), ("a", "two"), ("a#2", "taken"), ("a", "three"), ("a", "one")];
        let (list, repeated, problems) = named(&records);
        let ids: Vec<_> = list.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["a", "a#2", "a#3", "a#4"]);
        assert_eq!((repeated, problems.len()), (1, 3));
        let mut turned = records;
        turned.reverse();
        assert_eq!(named(&turned).0, list);
    }
}
