//! What the flags mean: default, then settings file, then flags; and where each setting came from.

use std::collections::BTreeMap;
use std::path::Path;

use samestory::Settings;
use samestory::settings::Only;

use super::arguments::{ArchivedPart, Knobs, Part, ReadingArguments};
use super::exit::Stop;
use super::terminal;

/// More threads than any machine we know uses well; each costs memory.
const MOST_THREADS: usize = 256;

/// Settings in their ranges, with where each came from.
#[derive(Debug)]
pub(crate) struct Layered {
    /// What to run with.
    pub(crate) settings: Settings,
    /// By setting, in its kebab-case name: `default`, `config` or `flag`.
    pub(crate) origins: BTreeMap<String, String>,
}

/// Lays the settings file over the defaults and the flags over both, and checks every range.
///
/// # Errors
/// A usage error that names the flag or the key of the file, and its range.
pub(crate) fn layer(reading: &ReadingArguments, knobs: &Knobs) -> Result<Layered, Stop> {
    let mut settings = Settings::default();
    let mut origins = names(&settings)?.map(|name| (name, "default".to_owned())).collect();
    if let Some(path) = &reading.config {
        settings = from_file(path, &mut origins)?;
    }

    if cfg!(feature = "pdf") {
        settings.pdf_reader = std::env::current_exe().ok();
    }

    let mut flags = Flags { origins: &mut origins };
    flags.lay_some("text-field", &mut settings.text_field, reading.text_field.as_ref());
    flags.lay_some("title-field", &mut settings.title_field, reading.title_field.as_ref());
    flags.lay_some("id-field", &mut settings.id_field, reading.id_field.as_ref());
    flags.lay_some("date-field", &mut settings.date_field, reading.date_field.as_ref());
    flags.lay_some("source-field", &mut settings.source_field, reading.source_field.as_ref());
    flags.lay_some("url-field", &mut settings.url_field, reading.url_field.as_ref());
    flags.lay_some("language-field", &mut settings.language_field, reading.language_field.as_ref());
    flags.lay_some("delimiter", &mut settings.delimiter, reading.delimiter.as_ref());
    flags.lay("columns", &mut settings.columns, reading.columns.as_ref());
    flags.lay_some("encoding", &mut settings.encoding, reading.encoding.as_ref());
    flags.lay("max-document-bytes", &mut settings.max_document_bytes, reading.max_document_bytes.as_ref());
    flags.lay("languages", &mut settings.languages, reading.languages.as_ref());
    flags.lay_some("max-bad", &mut settings.max_bad, reading.max_bad.as_ref());
    flags.lay_some("threads", &mut settings.threads, reading.threads.as_ref());
    flags.lay_some("memory", &mut settings.memory, reading.memory.as_ref());
    flags.lay_some("only", &mut settings.only, knobs.only.map(Only::from).as_ref());
    flags.lay("seed", &mut settings.seed, knobs.seed.as_ref());
    flags.lay("neighbors", &mut settings.neighbors, knobs.neighbors.as_ref());
    flags.lay("copy-threshold", &mut settings.copy_threshold, knobs.copy_threshold.as_ref());
    flags.lay("contained-in-sets", &mut settings.contained_in_sets, knobs.contained_in_sets.as_ref());
    flags.lay_some("story-threshold", &mut settings.story_threshold, knobs.story_threshold.as_ref());
    flags.lay_some("themes", &mut settings.themes, knobs.themes.as_ref());
    flags.lay("no-text", &mut settings.no_text, knobs.no_text.then_some(&true));

    settings.validate()?;
    Ok(Layered { settings, origins })
}

/// Starts the threads that every parallel stage shares.
///
/// # Errors
/// When the system gives no threads.
pub(crate) fn start_threads(settings: &mut Settings, quiet: bool) -> Result<(), Stop> {
    if let Some(asked) = settings.threads
        && asked > MOST_THREADS
    {
        settings.threads = Some(MOST_THREADS);
        if !quiet {
            terminal::complain(&format!("note: threads is {asked}; {MOST_THREADS} are started"));
        }
    }
    // 0 lets rayon take one a core.
    rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads.unwrap_or(0))
        .build_global()
        .map_err(|error| Stop::usage(format!("cannot start threads: {error}; ask for fewer with --threads")))
}

/// The flags laid over what lies below.
struct Flags<'a> {
    origins: &'a mut BTreeMap<String, String>,
}

impl Flags<'_> {
    fn lay<T: Clone>(&mut self, name: &str, setting: &mut T, flag: Option<&T>) {
        if let Some(value) = flag {
            *setting = value.clone();
            self.origins.insert(name.to_owned(), "flag".to_owned());
        }
    }

    fn lay_some<T: Clone>(&mut self, name: &str, setting: &mut Option<T>, flag: Option<&T>) {
        self.lay(name, setting, flag.map(|value| Some(value.clone())).as_ref());
    }
}

/// The settings' names as the file has them.
fn names(settings: &Settings) -> Result<impl Iterator<Item = String> + use<>, Stop> {
    match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(fields)) => Ok(fields.into_iter().map(|(name, _)| name)),
        _ => Err(Stop::usage("the settings have no names")),
    }
}

fn from_file(path: &Path, origins: &mut BTreeMap<String, String>) -> Result<Settings, Stop> {
    let wrong = |what: &dyn std::fmt::Display| Stop::usage(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong(&error))?;
    // From the text rather than from the table: its errors show line and column.
    let settings = toml::from_str(&text).map_err(|error| wrong(&error))?;
    for key in table.keys() {
        origins.insert(key.clone(), "config".to_owned());
    }
    Ok(settings)
}

impl From<Part> for Only {
    fn from(part: Part) -> Self {
        match part {
            Part::Duplicates => Self::Duplicates,
            Part::Stories => Self::Stories,
            Part::Themes => Self::Themes,
        }
    }
}

impl From<ArchivedPart> for Only {
    fn from(part: ArchivedPart) -> Self {
        match part {
            ArchivedPart::Duplicates => Self::Duplicates,
            ArchivedPart::Stories => Self::Stories,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use clap::CommandFactory as _;
    use samestory::settings::WITH_FLAGS;

    use super::*;
    use crate::cli::arguments::Arguments;

    #[test]
    fn it_is_known_which_settings_have_a_flag() {
        let mut command = Arguments::command();
        let run = command.find_subcommand_mut("run").expect("a command");
        let flags: Vec<&str> = run.get_arguments().filter_map(clap::Arg::get_long).collect();
        let mut with_flags: Vec<String> = names(&Settings::default())
            .expect("names")
            .filter(|name| flags.contains(&name.as_str()))
            .collect();
        with_flags.sort();
        assert_eq!(with_flags, WITH_FLAGS);
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn reading(config: &tempfile::NamedTempFile) -> ReadingArguments {
        ReadingArguments { config: Some(config.path().to_owned()), ..ReadingArguments::default() }
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let config = file("neighbors = 3\ncopy-threshold = 0.9\nlanguages = [\"fr\"]\n");
        let knobs = Knobs { neighbors: Some(4), ..Knobs::default() };
        let layered = layer(&reading(&config), &knobs).unwrap();
        assert_eq!(layered.settings.neighbors, 4);
        assert!((layered.settings.copy_threshold - 0.9).abs() < 1e-12);
        assert_eq!(layered.settings.languages, ["fr"]);
        let origin = |name: &str| layered.origins[name].as_str();
        assert_eq!(
            (origin("neighbors"), origin("copy-threshold"), origin("seed")),
            ("flag", "config", "default")
        );
    }

    #[test]
    fn every_setting_has_an_origin() {
        let layered = layer(&ReadingArguments::default(), &Knobs::default()).unwrap();
        assert_eq!(layered.settings, Settings::default());
        assert_eq!(layered.origins.len(), names(&Settings::default()).unwrap().count());
        assert!(layered.origins.values().all(|origin| origin == "default"));
    }

    #[test]
    fn a_file_with_an_unknown_key_or_a_value_out_of_range_is_refused() {
        for (text, says) in [
            ("copy-treshold = 0.9", "copy-treshold"),
            ("copy-threshold = nan", "over 0 and at most 1"),
            ("copy-threshold = 2", "over 0 and at most 1"),
            ("neighbors = 0", "1 to 1000"),
            ("neighbors = ", "line 1"),
        ] {
            let stop = layer(&reading(&file(text)), &Knobs::default()).unwrap_err();
            assert_eq!(stop.exit.code(), 2);
            assert!(stop.message.contains(says), "{text}: {}", stop.message);
        }
    }
}
