//! Where a run writes when `--output` does not say: `output/<name of the input>`.

use std::path::{Path, PathBuf};

use super::terminal::printable_line;

/// What may end a file's name without being part of it.
const EXTENSIONS: [&str; 13] = [
    ".gz", ".zst", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".text", ".md", ".markdown",
    ".html", ".htm",
];

/// `output/seeds` for `seeds/`, `output/may` for `drops/may.jsonl.zst`, `output/may-and-2-more` for
/// three inputs, `output/stdin` for `-`.
pub(crate) fn default_folder(inputs: &[PathBuf]) -> PathBuf {
    let mut name = inputs.first().map_or_else(|| "drop".to_owned(), |input| name_of(input));
    if inputs.len() > 1 {
        name = format!("{name}-and-{}-more", inputs.len() - 1);
    }
    Path::new("output").join(name)
}

/// The folder that holds `folder`, or will: the nearest above it that is there.
pub(crate) fn nearest_folder(folder: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(folder).ok()?;
    absolute.ancestors().skip(1).find(|above| above.is_dir()).map(Path::to_path_buf)
}

fn name_of(input: &Path) -> String {
    if input.as_os_str() == "-" {
        return "stdin".to_owned();
    }
    // `.`, `..` and `/` have no name of their own; the folder they stand for may have one.
    let resolved = input.canonicalize().ok();
    let Some(name) = input.file_name().or_else(|| resolved.as_deref().and_then(Path::file_name)) else {
        return "drop".to_owned();
    };
    let name = printable_line(&name.to_string_lossy());
    if input.is_dir() {
        return name;
    }
    let mut stem = name.as_str();
    while let Some(shorter) = EXTENSIONS.iter().find_map(|extension| {
        let split = stem.len().checked_sub(extension.len())?;
        (stem.is_char_boundary(split) && stem[split..].eq_ignore_ascii_case(extension))
            .then(|| &stem[..split])
    }) {
        stem = shorter;
    }
    // `.txt` or `...txt` would leave nothing, or a folder above.
    if stem.trim_matches('.').is_empty() { name } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(inputs: &[&str]) -> String {
        let inputs: Vec<PathBuf> = inputs.iter().map(PathBuf::from).collect();
        default_folder(&inputs).to_string_lossy().replace('\\', "/")
    }

    #[test]
    fn a_folder_gives_its_name() {
        assert_eq!(folder(&["seeds"]), "output/seeds");
        assert_eq!(folder(&["seeds/"]), "output/seeds");
        assert_eq!(folder(&["src/../seeds/."]), "output/seeds");
    }

    #[test]
    fn a_file_gives_its_name_without_extensions() {
        assert_eq!(folder(&["drops/may.jsonl.zst"]), "output/may");
        assert_eq!(folder(&["drops/may.2026.CSV.GZ"]), "output/may.2026");
    }

    #[test]
    fn several_inputs_are_counted() {
        assert_eq!(folder(&["may.jsonl", "june.jsonl", "july.jsonl"]), "output/may-and-2-more");
    }

    #[test]
    fn standard_input_has_a_name() {
        assert_eq!(folder(&["-"]), "output/stdin");
    }

    #[test]
    fn no_name_leads_out_of_the_output_folder() {
        assert_eq!(folder(&["drops/...txt"]), "output/...txt");
        assert_eq!(folder(&[".txt"]), "output/.txt");
        assert_eq!(folder(&["/"]), "output/drop");
        assert_eq!(folder(&["missing/.."]), "output/drop");
    }
}
