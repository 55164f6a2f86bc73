//! Report: what does a person read, and a script load?
//! In:  a [`crate::Run`].
//! Out: the output folder, whole or not at all. Writes disk.
