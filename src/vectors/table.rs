//! The terms of a drop by name: what a later look at two of its documents needs to weigh them as the drop did.

/// Every term of a drop, with what it weighs. All three lists are as long as there are terms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TermTable {
    /// Stems, ascending.
    pub names: Vec<String>,
    /// In how many documents of the drop each occurs, 1 or more.
    pub documents: Vec<u32>,
    /// Inverse document frequency of each, 1 or more; see [`super::learn_weights`].
    pub idf: Vec<f32>,
}
