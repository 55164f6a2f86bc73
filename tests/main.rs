//! The tests of the whole program, in one binary: each links everything, and one takes a twentieth of the room and of
//! the linking that a binary for every file would.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

mod architecture;
mod archive;
mod bench;
mod cli;
#[cfg(feature = "parquet")]
mod columnar;
mod copies;
mod corpus;
mod evidence;
mod example;
mod explain;
mod formats;
mod generate;
mod generate_limits;
mod kept;
mod languages;
mod memory;
mod odd_texts;
mod pages;
#[cfg(feature = "pdf")]
mod printed;
mod promises;
mod recipes;
mod records;
mod report_again;
mod report_page;
mod score;
mod seeds;
mod tfidf;
mod unlike;
mod themes;
