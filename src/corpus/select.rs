//! Elements by CSS selectors, which are parsed once a thread and not once a page.

use std::cell::RefCell;
use std::rc::Rc;

use dom_query::{Document, Matcher, Selection};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

thread_local! {
    static MATCHERS: RefCell<HashMap<&'static str, Rc<Matcher>, FixedState>> = RefCell::default();
}

/// The elements of a page that a list of selectors holds for, in their order.
///
/// # Panics
/// Where they are no selectors.
pub(super) fn select<'a>(document: &'a Document, selectors: &'static str) -> Selection<'a> {
    let parse = || match Matcher::new(selectors) {
        Ok(matcher) => Rc::new(matcher),
        Err(error) => panic!("{selectors}: {error:?}"),
    };
    let matcher =
        MATCHERS.with_borrow_mut(|matchers| Rc::clone(matchers.entry(selectors).or_insert_with(parse)));
    document.select_matcher(&matcher)
}
