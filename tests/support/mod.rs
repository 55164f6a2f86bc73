//! What the tests of the whole program share: drops made of sentences, runs of the program, and
//! readers of its tables.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

pub mod browser;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program, in an environment that no user's settings reach.
pub fn samestory() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("samestory"));
    command.env_remove("NO_COLOR").env_remove("RAYON_NUM_THREADS").timeout(std::time::Duration::from_mins(5));
    command
}

/// A folder to work in: documents below `drop/`, output wherever the program puts it.
pub struct Drop {
    place: Rc<TempDir>,
}

impl Drop {
    /// With an empty folder `drop/`.
    pub fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("drop")).unwrap();
        Self { place: Rc::new(place) }
    }

    /// The folder that the program runs in.
    pub fn place(&self) -> &Path {
        self.place.path()
    }

    /// Adds a file below `drop/`.
    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.place().join("drop").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Adds a file of records, one a line.
    pub fn records(self, name: &str, records: &[Value]) -> Self {
        self.file(name, lines(records))
    }

    /// Adds two good documents, `good-1` and `good-2`, that resemble nothing.
    pub fn good(self) -> Self {
        self.records("good.jsonl", &[record("good-1", &article(9001)), record("good-2", &article(9002))])
    }

    /// `samestory run drop --output out`, with more arguments.
    pub fn run(&self, more: &[&str]) -> Outcome {
        let mut arguments = vec!["run", "drop", "--output", "out"];
        arguments.extend(more);
        self.command(&arguments, b"")
    }

    /// `samestory` with these arguments and this on standard input.
    pub fn command(&self, arguments: &[&str], stdin: &[u8]) -> Outcome {
        let output = samestory()
            .current_dir(self.place())
            .args(arguments)
            .write_stdin(stdin.to_vec())
            .output()
            .unwrap();
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            folder: self.place().join("out"),
            _place: Rc::clone(&self.place),
        }
    }
}

/// What a run left behind.
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// Where the output is if it was asked for in `out`.
    pub folder: PathBuf,
    /// Keeps the folder from being removed.
    _place: Rc<TempDir>,
}

/// A row of a table, by column.
pub type Row = BTreeMap<String, String>;

impl Outcome {
    /// Checks the exit code, and shows what was said if it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\nstdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Checks that nothing was published and that the message says all of `words`.
    #[track_caller]
    pub fn says_and_publishes_nothing(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not said: {}", self.stderr);
        }
        assert!(self.stderr.starts_with("samestory: "), "{}", self.stderr);
        assert!(!self.folder.join("run.json").exists(), "something was published");
    }

    /// Checks that both documents of [`Drop::good`] are there and comparable.
    #[track_caller]
    pub fn keeps_the_good(self) -> Self {
        assert_eq!(self.status("good-1"), "ok");
        assert_eq!(self.status("good-2"), "ok");
        self
    }

    /// A file of the output.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}; {}", self.stderr))
    }

    /// A text file of the output.
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    /// A table of the output.
    pub fn table(&self, name: &str) -> Vec<Row> {
        table(&self.folder.join(name))
    }

    /// `run.json`.
    pub fn record(&self) -> Value {
        serde_json::from_slice(&self.bytes("run.json")).unwrap()
    }

    /// One of run.json's counts.
    pub fn count(&self, name: &str) -> u64 {
        let record = self.record();
        record["counts"][name].as_u64().unwrap_or_else(|| panic!("no count {name}: {}", record["counts"]))
    }

    /// Everything skipped or repaired.
    pub fn problems(&self) -> Vec<Value> {
        self.text("problems.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The one problem that was `skipped` or `repaired`.
    #[track_caller]
    pub fn only_problem(&self, action: &str) -> Value {
        let problems: Vec<Value> =
            self.problems().into_iter().filter(|problem| problem["action"] == action).collect();
        assert_eq!(problems.len(), 1, "{:?}", self.problems());
        problems[0].clone()
    }

    /// Ids of all documents, as documents.csv has them.
    pub fn ids(&self) -> Vec<String> {
        self.table("documents.csv").into_iter().map(|row| row["id"].clone()).collect()
    }

    /// A document's row.
    #[track_caller]
    pub fn document(&self, id: &str) -> Row {
        let found = self.table("documents.csv").into_iter().find(|row| row["id"] == id);
        found.unwrap_or_else(|| panic!("no document {id}: {:?}", self.ids()))
    }

    /// A document's status.
    #[track_caller]
    pub fn status(&self, id: &str) -> String {
        self.document(id)["status"].clone()
    }

    /// What pairs.csv says of two documents, in either order; `-` when it says nothing.
    pub fn relation(&self, left: &str, right: &str) -> String {
        let pair = self
            .table("pairs.csv")
            .into_iter()
            .find(|row| (row["a"] == left && row["b"] == right) || (row["a"] == right && row["b"] == left));
        pair.map_or_else(|| "-".to_owned(), |row| row["relation"].clone())
    }

    /// Extracted texts by id.
    pub fn texts(&self) -> BTreeMap<String, String> {
        let mut lines = String::new();
        let bytes = self.bytes("texts.jsonl.zst");
        zstd::stream::read::Decoder::new(bytes.as_slice()).unwrap().read_to_string(&mut lines).unwrap();
        let texts = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let field = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
        texts.map(|line| (field(&line, "id"), field(&line, "text"))).collect()
    }
}

/// Reads a CSV file with a header.
pub fn table(path: &Path) -> Vec<Row> {
    let mut reader =
        csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.deserialize().map(Result::unwrap).collect()
}

/// A record with an id and a text.
pub fn record(id: &str, text: &str) -> Value {
    json!({ "id": id, "text": text })
}

/// Records as JSON lines.
pub fn lines(records: &[Value]) -> String {
    records.iter().fold(String::new(), |lines, record| format!("{lines}{record}\n"))
}

/// Numbers that look random and are the same each time (`SplitMix64`).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// Puts a list in another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

/// Words of one field of life.
struct Field {
    nouns: &'static str,
    verbs: &'static str,
    adjectives: &'static str,
    places: &'static str,
}

/// Towns, councils, money, weather.
const CITY: Field = Field {
    nouns: "council budget mayor bridge school hospital strike union wage factory harbor ferry tax election ballot \
            candidate police inquiry court judge verdict witness storm flood river levee warning shelter bank loan \
            interest inflation market dealer price wheat harvest farmer drought subsidy minister treaty border \
            customs tariff export refinery pipeline reactor regulator permit lawsuit settlement pension nurse vaccine \
            laboratory satellite rocket telescope museum festival stadium referee coach striker tournament railway \
            tunnel engineer contract airline pilot runway hangar newspaper editor broadcaster network server breach",
    verbs: "approved rejected delayed questioned defended criticized financed repaired inspected closed reopened \
            expanded reviewed postponed welcomed challenged suspended restored audited abandoned",
    adjectives: "municipal regional disputed costly temporary emergency annual unexpected federal independent damaged \
                 crowded rural coastal industrial historic controversial voluntary preliminary unanimous",
    places: "Arlen Brookport Cedarfield Dunmore Eastwick Farrow Glenholm Harrowgate Inverloch Jessup Kelmore Lunden \
             Marwick Norbury Oakhurst Penrith Quillan Rothbury Selwyn Tarrant",
};

/// Kitchens, gardens, music, seafaring: nothing that CITY speaks of.
const ELSEWHERE: Field = Field {
    nouns: "saucepan basil thyme marinade dumpling oven whisk pastry almond cinnamon orchid pruning compost beetle \
            hedgehog lavender trellis sonata cello bassoon metronome chord soprano libretto lute mandolin anchor \
            rigging spinnaker keel barnacle lighthouse lagoon reef plankton walrus puffin glacier fjord moss lichen \
            granite quartz fossil trilobite nebula comet eclipse pendulum prism lens pigment easel canvas fresco \
            mosaic loom weaver indigo felt velvet needle thimble quilt saddle bridle stirrup meadow clover beehive \
            honey nectar wasp falcon kestrel burrow badger otter trout lure kettle teapot porcelain chisel lathe",
    verbs: "simmered sprinkled folded pruned watered grafted rehearsed tuned hummed plucked anchored drifted polished \
            carved stitched dyed sketched glazed gathered brewed",
    adjectives: "fragrant tender crisp silken mellow velvety drowsy luminous brittle mossy salty feathered speckled \
                 woven gilded hollow amber frosted tangled lilting",
    places: "Avalora Bellmere Corvane Driftmoor Elmsong Fennwater Gossamer Hollowel Isleworth Juniper Kestrelby \
             Lakewend Mistral Nettlecombe Osierby Plumtree Quartzell Rowanmere Sedgeley Thistledon",
};

/// An article of about 200 words on towns and money; one for each number, none like another.
pub fn article(number: u64) -> String {
    compose(&CITY, number.wrapping_add(1), 16)
}

/// As [`article`], made of other words.
pub fn stranger(number: u64) -> String {
    compose(&ELSEWHERE, number.wrapping_add(77_000_000), 16)
}

/// Sentences of one or two clauses. As in real news, an article has names that no other has.
fn compose(field: &Field, seed: u64, n_sentences: usize) -> String {
    let words = |list: &'static str| list.split_whitespace().collect::<Vec<_>>();
    let (nouns, verbs) = (words(field.nouns), words(field.verbs));
    let (adjectives, places) = (words(field.adjectives), words(field.places));
    let mut chance = Chance::new(seed.wrapping_mul(0x5851_f42d_4c95_7f2d));
    let names: Vec<String> = (0..16).map(|_| name(&mut chance)).collect();
    let mut text = String::new();
    for place in 0..n_sentences {
        for clause in 0..=chance.below(2) {
            if clause > 0 {
                text.push_str(
                    chance.one_of(&[
                        ", while ", "; ", ", and ", ", but ", " because ", " after ", " although ",
                    ]),
                );
            }
            text.push_str(&names[chance.below(names.len())]);
            text.push(' ');
            for _ in 0..=chance.below(2) {
                let parts = [
                    chance.one_of(&verbs),
                    chance.one_of(&["the", "a", "its", "every", "another", "some", "that"]),
                    chance.one_of(&adjectives),
                    chance.one_of(&nouns),
                    chance.one_of(&[
                        "near", "of", "without", "against", "for", "beside", "over", "under", "from",
                    ]),
                ];
                text.push_str(&parts.join(" "));
                text.push(' ');
            }
            let last = match chance.below(3) {
                0 => chance.one_of(&places).to_owned(),
                1 => format!("{} {}s", chance.below(900) + 11, chance.one_of(&nouns)),
                _ => names[chance.below(names.len())].clone(),
            };
            text.push_str(&last);
        }
        text.push_str(if place % 4 == 3 { ".\n\n" } else { ". " });
    }
    text.trim_end().to_owned()
}

/// A name that nobody bears, such as `Velkorin`.
fn name(chance: &mut Chance) -> String {
    let begin =
        chance.one_of(&["Vel", "Tor", "Mas", "Kri", "Dun", "Ba", "Sha", "Lo", "Pre", "Gan", "Os", "Hu"]);
    let middle = chance.one_of(&["ka", "lo", "mi", "ru", "den", "sto", "va", "ne", "gri", "po", "ta", "shi"]);
    let end =
        chance.one_of(&["rin", "dor", "lis", "mann", "va", "sky", "ton", "rez", "lund", "bek", "no", "well"]);
    format!("{begin}{middle}{end}")
}

/// The text as a wire service sends it on: a line on top and one at the end.
pub fn with_wire_lines(text: &str) -> String {
    format!("HARROWGATE, March 3 (Newswire) - {text}\n\nReporting by A. Writer; editing by B. Desk")
}

/// The first `share` percent of the words.
pub fn cut_to(text: &str, share: usize) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    words[..words.len() * share / 100].join(" ")
}

/// Two letters swapped in about one long word of `every`.
pub fn with_typos(text: &str, every: usize) -> String {
    let mut long_words = 0;
    let mistyped = text.split(' ').map(|word| {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() > 5 && letters.iter().all(char::is_ascii_lowercase) {
            long_words += 1;
            if long_words % every == 0 {
                letters.swap(2, 3);
            }
        }
        letters.into_iter().collect::<String>()
    });
    mistyped.collect::<Vec<_>>().join(" ")
}
