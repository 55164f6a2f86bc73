//! Tokens: which words does each document have, in order?
//! In:  [`Corpus`] (texts, page furniture).
//! Out: [`Tokens`] over a [`Vocabulary`] of distinct words; [`Terms`], the stems they count as. Touches memory only.
