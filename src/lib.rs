//! **samestory** reads a drop of documents and says which are the same text (copies, rewrites,
//! excerpts), which tell the same story, and which themes run through the drop, with the evidence
//! for every claim.
//!
//! A document walks through the rooms in the order of the modules below; a room imports only from
//! rooms above it. ([`memory`], which knows what each room takes, and [`context`], what an archive knows of a drop, stand beside
//! them; the report reads the result of [`run()`].) [`run()`] is the whole flow on one page; [`Settings`] holds every knob.
//!
//! ```
//! use samestory::{Corpus, Settings};
//!
//! let settings = Settings::default();
//! let corpus = Corpus::read(&["seeds"], &settings)?;
//! let run = samestory::run(corpus, &settings)?;
//! for story in &run.stories {
//!     println!("{}: {} documents", story.label, story.members.len());
//! }
//! # let folder = tempfile::tempdir()?;
//! # std::env::set_current_dir(folder.path())?;
//! run.write("output/seeds")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod error;
pub mod settings;
pub mod progress;
pub mod stages;
pub mod memory;
mod scratch;
pub mod context;
mod random;
mod interned;
pub mod corpus;
pub mod tokens;
pub mod vectors;
pub mod pairs;
pub mod clusters;
pub mod evaluation;
pub mod measurement;
pub mod report;
pub mod past;
pub mod explanation;
pub mod generator;
pub mod run;
pub mod archive;

pub use context::Context;
pub use corpus::{Corpus, DocId, Document};
pub use error::Error;
pub use run::{Run, run, run_with};
pub use settings::Settings;
