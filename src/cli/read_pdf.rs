//! `samestory read-pdf`, hidden: one PDF from standard input, its text to standard output. The reader of PDFs starts us so, that
//! whatever a file does to its reader happens to nobody else.

use std::io::{self, Read as _, Write as _};

use samestory::corpus::pdf;

use super::exit::{Exit, Stop};

/// Reads and writes, within limits.
pub(crate) fn read_pdf() -> Result<Exit, Stop> {
    limit();
    let mut bytes = Vec::new();
    let no_text = || Stop { message: "no text".to_owned(), exit: Exit::Stopped(pdf::NO_TEXT as u8) };
    io::stdin().lock().read_to_end(&mut bytes).map_err(|_| no_text())?;
    // Deeply nested objects are read by recursion.
    let reader = std::thread::Builder::new().stack_size(pdf::STACK).spawn(move || pdf::text(&bytes));
    let text = reader.ok().and_then(|reader| reader.join().ok()).flatten().ok_or_else(no_text)?;
    io::stdout().lock().write_all(text.as_bytes()).map_err(|_| no_text())?;
    Ok(Exit::Done)
}

#[cfg(unix)]
fn limit() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let most = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
    // A limit that cannot be set leaves that of the whole run.
    let _ = setrlimit(Resource::Cpu, most(pdf::MOST_COMPUTING));
    let _ = setrlimit(Resource::As, most(pdf::MOST_MEMORY));
    let _ = setrlimit(Resource::Core, most(0));
}

#[cfg(not(unix))]
fn limit() {}
