//! Files within a file: tar and zip. Nothing is unpacked to disk; a member's name is no more than a name.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::PathBuf;

use super::format::{self, Format};
use super::open::{Compression, MOST_BYTES, MOST_RATIO, Opened, RATIO_FROM};
use super::read::{Harvest, LOOKED_AT_FILES, Reading, read_as_its_format};
use super::walk::{self, Entry};
use super::{Action, draft};
use crate::scratch;

/// Members that an archive may have.
const MOST_MEMBERS: u32 = 1_000_000;

/// A member that is a file.
pub(super) struct Member<'a> {
    /// Counted from 1.
    pub(super) number: u32,
    /// Its name without what would lead out of a folder.
    pub(super) name: String,
    /// Did the name lead out of the folder it would be unpacked to?
    is_unsafe: bool,
    /// Bytes that it takes in the archive.
    packed_bytes: u64,
    pub(super) content: Box<dyn Read + 'a>,
}

impl<'a> Member<'a> {
    /// The member as a file of its own.
    pub(super) fn entry(&self, archive: &Entry) -> Entry {
        Entry {
            path: archive.path.clone(),
            shown: format!("{}/{}", archive.shown, self.name),
            relative: format!("{}/{}", archive.relative, self.name),
            below: PathBuf::new(),
            input: archive.input,
            named: false,
            stream: false,
            bytes: 0,
        }
    }

    /// Opens it.
    pub(super) fn open(self) -> io::Result<Opened<'a>> {
        Opened::member(self.content, self.packed_bytes)
    }
}

/// Why an archive could not be read on.
pub(super) struct Broken(pub(super) String);

/// Calls `found` with each file in a tar until it says false.
pub(super) fn each_of_tar(
    source: impl Read,
    mut found: impl FnMut(Member<'_>, &tar::Header) -> io::Result<bool>,
) -> io::Result<Result<(), Broken>> {
    let mut archive = tar::Archive::new(source);
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return Ok(Err(Broken(error.to_string()))),
    };
    let mut number = 0;
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(Broken(error.to_string()))),
        };
        // Links, devices and folders hold nothing; a file with holes could hold anything from a few bytes.
        if !entry.header().entry_type().is_file() {
            continue;
        }
        number += 1;
        if number > MOST_MEMBERS {
            return Ok(Err(Broken(format!("more than {MOST_MEMBERS} files in it"))));
        }
        let (name, is_unsafe) = clean_name(&entry.path_bytes());
        let header = entry.header().clone();
        let packed_bytes = entry.size();
        let member = Member { number, name, is_unsafe, packed_bytes, content: Box::new(entry) };
        if !found(member, &header)? {
            break;
        }
    }
    Ok(Ok(()))
}

/// Calls `found` with each file in a zip, or with why it cannot be read, until it says false.
pub(super) fn each_of_zip(
    source: impl Read + io::Seek,
    mut found: impl FnMut(Result<Member<'_>, (String, String)>) -> io::Result<bool>,
) -> io::Result<Result<(), Broken>> {
    let mut archive = match zip::ZipArchive::new(source) {
        Ok(archive) => archive,
        Err(error) => return Ok(Err(Broken(error.to_string()))),
    };
    let mut number = 0;
    for place in 0..archive.len() {
        let goes_on = match archive.by_index(place) {
            Ok(file) if !file.is_file() => true,
            Ok(file) => {
                number += 1;
                if number > MOST_MEMBERS {
                    return Ok(Err(Broken(format!("more than {MOST_MEMBERS} files in it"))));
                }
                let raw = file.name().map_or_else(
                    |_| Cow::Owned(file.name_raw().to_vec()),
                    |name| Cow::Owned(name.into_owned().into_bytes()),
                );
                let (name, is_unsafe) = clean_name(&raw);
                let packed_bytes = file.compressed_size();
                found(Ok(Member { number, name, is_unsafe, packed_bytes, content: Box::new(file) }))?
            }
            Err(error) => {
                number += 1;
                found(Err((format!("its file {}", place + 1), error.to_string())))?
            }
        };
        if !goes_on {
            break;
        }
    }
    Ok(Ok(()))
}

/// A name below the archive, whatever it said: no root, no drive, no way up. And whether it had any of these.
fn clean_name(name: &[u8]) -> (String, bool) {
    let name = walk::printable_bytes(name);
    let mut is_unsafe = name.starts_with(['/', '\\']);
    let mut parts = Vec::new();
    for part in name.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => is_unsafe = true,
            drive if drive.len() == 2 && drive.ends_with(':') => is_unsafe = true,
            part => parts.push(part),
        }
    }
    let clean = parts.join("/");
    if clean.is_empty() { ("nameless".to_owned(), true) } else { (clean, is_unsafe) }
}

/// Reads every file in a tar.
pub(super) fn read_tar(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) {
    let walked = each_of_tar(opened, |member, _| {
        // What a tar unpacks to is what it was packed from: `Opened` sees to it.
        read_member(entry, member, reading, parallel, harvest);
        Ok(!reading.is_over())
    });
    // Nothing here writes, so nothing fails.
    if let Ok(Err(Broken(why))) = walked {
        note_broken(entry, &why, harvest);
    }
}

/// Reads every file in a zip. Its table of contents stands at the end, so what is no file on disk is copied to one.
pub(super) fn read_zip(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) {
    let file = match seekable(entry, opened, reading.settings.scratch.as_deref()) {
        Ok(file) => file,
        Err(error) => return note_broken(entry, &error.to_string(), harvest),
    };
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let mut given = 0;
    let mut is_bomb = false;
    let walked = each_of_zip(io::BufReader::new(file), |member| {
        if reading.settings.look_bytes.is_some_and(|most| given > most) {
            harvest.is_cut = true;
            return Ok(false);
        }
        match member {
            Ok(member) => given += read_member(entry, member, reading, parallel, harvest),
            Err((name, why)) => {
                let message = format!("{name} cannot be unpacked: {why}; unpack it yourself");
                harvest.note(entry, "unreadable_member", message, Action::Skipped);
            }
        }
        // Members may lie over one another: each is small, all of them are not.
        is_bomb = given > MOST_BYTES || given > RATIO_FROM && given / bytes.max(1) > MOST_RATIO;
        Ok(!is_bomb && !reading.is_over())
    });
    if is_bomb {
        let message =
            format!("unpacks to more than {MOST_RATIO} times its size; give its files if it is meant so");
        harvest.note_damage(entry, Some(message), None);
    } else if let Ok(Err(Broken(why))) = walked {
        note_broken(entry, &why, harvest);
    }
}

/// A file in which any place can be read: the file itself, or a copy of what is packed or a member.
pub(super) fn seekable(
    entry: &Entry,
    opened: &mut Opened,
    scratch: Option<&std::path::Path>,
) -> io::Result<File> {
    if !entry.stream && !opened.is_member() && opened.compression() == Compression::None {
        return File::open(&entry.path);
    }
    let mut file = scratch::file(&scratch::folder(scratch))?;
    io::copy(&mut opened.take(MOST_BYTES), &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn note_broken(entry: &Entry, why: &str, harvest: &mut Harvest) {
    if harvest.drafts.is_empty() {
        let message = format!("cannot be unpacked: {why}; get the file again");
        harvest.note(entry, "bad_archive", message, Action::Skipped);
    } else {
        let message = format!("cannot be unpacked to its end: {why}; what came before was read");
        harvest.note(entry, "bad_archive", message, Action::Repaired);
    }
}

/// Reads one member; the bytes that it gave.
fn read_member(
    archive: &Entry,
    member: Member<'_>,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) -> u64 {
    let (number, is_unsafe) = (member.number, member.is_unsafe);
    let entry = member.entry(archive);
    if is_bookkeeping(&member.name) {
        *harvest.others.entry("bookkeeping of an archive").or_default() += 1;
        return 0;
    }
    let mut opened = match member.open() {
        Ok(opened) => opened,
        Err(error) => {
            let message = format!("cannot be unpacked: {error}; unpack it yourself");
            harvest.note(&entry, "unreadable_member", message, Action::Skipped);
            return 0;
        }
    };
    if let Some(most) = reading.settings.look_bytes {
        opened.end_after(most / LOOKED_AT_FILES);
    }
    let mut inner = Harvest::default();
    if matches!(format::tell(&entry, opened.head()), Format::Tar | Format::Zip) {
        let message = "an archive within an archive is not read; unpack it yourself".to_owned();
        inner.note(&entry, "nested_archive", message, Action::Skipped);
    } else {
        read_as_its_format(&entry, &mut opened, reading, parallel, &mut inner);
    }
    let given = opened.given();
    if opened.is_cut() {
        inner.is_cut = true;
        inner.forget_the_cut();
    }
    let end = opened.finish();
    inner.note_damage(&entry, end.bomb, end.damage);
    if is_unsafe && !inner.drafts.is_empty() {
        let message = "its name leads out of the archive; what does so was left out of it".to_owned();
        inner.note(&entry, "unsafe_name", message, Action::Repaired);
    }
    for draft in &mut inner.drafts {
        draft.member = number;
    }
    harvest.add(inner);
    given
}

/// What programs put into archives beside the files.
fn is_bookkeeping(name: &str) -> bool {
    name.starts_with("__MACOSX/") || name.ends_with(".DS_Store") || name.ends_with("Thumbs.db")
}

/// Of places in an archive (ascending): those of its member with this number, as places within it.
pub(super) fn of_member<T: Copy>(kept: &[(u64, T)], number: u32) -> Vec<(u64, T)> {
    let begin = u64::from(number) << draft::MEMBER_SHIFT;
    let end = (u64::from(number) + 1) << draft::MEMBER_SHIFT;
    let from = kept.partition_point(|&(place, _)| place < begin);
    kept[from..]
        .iter()
        .take_while(|&&(place, _)| place < end)
        .map(|&(place, of)| (place - begin, of))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_but_down() {
        let clean = |name: &str| clean_name(name.as_bytes());
        assert_eq!(clean("a/./b.txt"), ("a/b.txt".to_owned(), false));
        assert_eq!(clean("../../etc/passwd"), ("etc/passwd".to_owned(), true));
        assert_eq!(clean("C:\\x\\..\\y"), ("x/y".to_owned(), true));
        assert_eq!(clean("/"), ("nameless".to_owned(), true));
        assert_eq!(clean("a\nb"), ("a%0Ab".to_owned(), false));
    }

    #[test]
    fn places_belong_to_members() {
        let shift = |member: u64, place: u64| member << draft::MEMBER_SHIFT | place;
        let kept = [(shift(1, 3), 'a'), (shift(2, 1), 'b'), (shift(2, 9), 'c')];
        assert_eq!(of_member(&kept, 2), [(1, 'b'), (9, 'c')]);
        assert_eq!(of_member(&kept, 3), []);
    }
}
