//! A file of lines packed in zstd frames, searched without unpacking more than a frame or two.
//!
//! Where frames begin is read off their block headers (RFC 8878, section 3.1.1), so that a file packed again by
//! another program is read as well: then it is one long frame, and searched from its beginning.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize as _;

/// What a frame begins with, little-endian.
const MAGIC: u32 = 0xfd2f_b528;

/// What a frame begins with that holds no data; the last four bits may be any.
const SKIPPABLE: u32 = 0x184d_2a50;

/// How every line begins.
const ID: &[u8] = b"{\"id\":";

/// The packed lines, each of which begins with its id; ids ascend.
pub(super) struct Frames {
    file: File,
    /// Where each frame with data begins, ascending.
    begins: Vec<u64>,
}

impl Frames {
    /// Finds the frames.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        // Headers lie far apart: a small buffer reads little of what stands between them.
        let mut reader = BufReader::with_capacity(64, file);
        let (mut begins, mut at) = (Vec::new(), 0);
        while at < length {
            let header = read_u32(&mut reader)?;
            if header & !0xf == SKIPPABLE {
                let n_bytes = read_u32(&mut reader)?;
                at += 8 + u64::from(n_bytes);
                reader.seek_relative(i64::from(n_bytes))?;
            } else if header == MAGIC {
                begins.push(at);
                at += 4 + pass_frame(&mut reader)?;
            } else {
                return Err(damaged("no zstd frame begins where one should"));
            }
        }
        if at > length {
            return Err(damaged("its last frame is cut off"));
        }
        Ok(Self { file: reader.into_inner(), begins })
    }

    /// The line of an id, if there is one.
    pub(super) fn line(&mut self, id: &str) -> io::Result<Option<Vec<u8>>> {
        // The last frame whose first id is not past the one sought.
        let (mut low, mut high) = (0, self.begins.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let first = self.lines(middle)?.next_id()?;
            if first.is_some_and(|first| first.as_str() <= id) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let Some(frame) = low.checked_sub(1) else { return Ok(None) };
        let mut lines = self.lines(frame)?;
        while let Some(found) = lines.next_id()? {
            if found == id {
                return Ok(Some(lines.line));
            }
            if found.as_str() > id {
                break;
            }
        }
        Ok(None)
    }

    fn lines(&self, frame: usize) -> io::Result<Lines> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(self.begins[frame]))?;
        // Ends with its frame only where another follows: it reads on, so the last id decides when to stop.
        let unpacked = zstd::Decoder::new(file)?;
        Ok(Lines { reader: BufReader::with_capacity(1 << 16, unpacked), line: Vec::new() })
    }
}

/// The lines of a frame and of those behind it.
struct Lines {
    reader: BufReader<zstd::Decoder<'static, BufReader<File>>>,
    line: Vec<u8>,
}

impl Lines {
    /// Goes to the next line; its id.
    fn next_id(&mut self) -> io::Result<Option<String>> {
        self.line.clear();
        if self.reader.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        let rest = self.line.strip_prefix(ID).ok_or_else(|| damaged("a line does not begin with an id"))?;
        // The rest of the line is text that nobody asked for.
        let mut json = serde_json::Deserializer::from_slice(rest);
        String::deserialize(&mut json).map(Some).map_err(|error| damaged(&error.to_string()))
    }
}

/// Passes over a frame behind its magic number; its bytes.
fn pass_frame(reader: &mut BufReader<File>) -> io::Result<u64> {
    let [descriptor] = read_bytes(reader)?;
    let is_single_segment = descriptor >> 5 & 1 == 1;
    let window = u64::from(!is_single_segment);
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let content_size = [u64::from(is_single_segment), 2, 4, 8][usize::from(descriptor >> 6)];
    let head = window + dictionary + content_size;
    reader.seek_relative(head as i64)?;
    let mut n_bytes = 1 + head;
    loop {
        let [low, middle, high] = read_bytes(reader)?;
        let header = u32::from_le_bytes([low, middle, high, 0]);
        let size = match header >> 1 & 3 {
            1 => 1, // one byte, repeated
            _ => header >> 3,
        };
        reader.seek_relative(i64::from(size))?;
        n_bytes += 3 + u64::from(size);
        if header & 1 == 1 {
            break;
        }
    }
    let checksum = if descriptor >> 2 & 1 == 1 { 4 } else { 0 };
    reader.seek_relative(checksum)?;
    Ok(n_bytes + checksum as u64)
}

fn read_bytes<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_u32(reader: &mut impl Read) -> io::Result<u32> {
    read_bytes(reader).map(u32::from_le_bytes)
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Lines in frames of so many each, of every kind of size that the format has.
    fn packed(ids: &[String], lines_a_frame: usize, level: i32) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for (place, ids) in ids.chunks(lines_a_frame).enumerate() {
            let mut lines = String::new();
            for id in ids {
                let text = if place % 2 == 0 { "a".repeat(400_000) } else { format!("text of {id}") };
                lines.push_str(&serde_json::json!({"id": id, "text": text}).to_string());
                lines.push('\n');
            }
            if place % 3 == 0 {
                file.write_all(&[0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]).unwrap();
            }
            let frame = if place % 2 == 0 {
                zstd::stream::encode_all(lines.as_bytes(), level).unwrap()
            } else {
                zstd::bulk::compress(lines.as_bytes(), level).unwrap()
            };
            file.write_all(&frame).unwrap();
        }
        file
    }

    #[test]
    fn every_line_is_found_however_the_file_is_packed() {
        let mut ids: Vec<String> = (0..40).map(|n| format!("id \"{n}\"\u{e9}")).collect();
        ids.sort_unstable();
        for (lines_a_frame, level) in [(1, 1), (7, 3), (40, 1), (1000, 3)] {
            let file = packed(&ids, lines_a_frame, level);
            let mut frames = Frames::open(file.path()).unwrap();
            assert_eq!(frames.begins.len(), ids.len().div_ceil(lines_a_frame));
            for id in &ids {
                let line =
                    frames.line(id).unwrap().unwrap_or_else(|| panic!("{id} in frames of {lines_a_frame}"));
                assert_eq!(serde_json::from_slice::<serde_json::Value>(&line).unwrap()["id"], *id);
            }
            for missing in ["", "id", "id \"0\"", "zz"] {
                assert_eq!(frames.line(missing).unwrap(), None, "{missing}");
            }
        }
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let whole = std::fs::read(packed(&["a".to_owned(), "b".to_owned()], 1, 1).path()).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&whole[..whole.len() - 20]).unwrap();
        assert!(Frames::open(file.path()).is_err());
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"no zstd at all").unwrap();
        assert!(Frames::open(file.path()).is_err());
    }
}
