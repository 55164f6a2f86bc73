//! Stories: what is told by whom and when, the most told first.

use super::duplicates::more;
use super::writer::Html;
use super::{document, timeline};
use crate::clusters::Story;
use crate::corpus::DocId;
use crate::report::display::counted;
use crate::report::places::Places;
use crate::report::summary::largest_stories;

/// Stories of several documents shown; the rest is counted.
const SHARED: usize = 400;
/// Stories of one document shown in a small drop, and in one of more stories than that.
const ALONE: usize = 40;
const ALONE_OF_MANY: usize = 8;
/// Texts of one story listed, copies of one text, sources.
const MEMBERS: usize = 25;
const SOURCES: usize = 12;

/// Section "Stories".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    if !places.has_stories() {
        return;
    }
    let stories = largest_stories(places.run);
    let shown = shown_stories(&stories);
    page.raw("<section id=\"stories\" aria-labelledby=\"h-stories\">\n<h2 id=\"h-stories\">Stories</h2>\n");
    if stories.is_empty() {
        page.raw("<p>There is no document to tell one.</p>\n</section>\n");
        return;
    }
    page.raw(
        "<p>Documents that tell of the same events, the most told first. A story is named by phrases that set it apart; where one \
         document tells it, by that document's headline. Distinct counts a text and its copies once. Cohesion is how alike \
         the documents of a story are on average (mean cosine), the loosest that of its loosest member to the others. The nearest story is \
         the one most like it that it was not merged with, with their mean cosine: the nearer that is to the cohesion, the \
         closer was the decision.</p>\n<div class=\"tools\" data-search=\"Search the stories:\" hidden></div>\n",
    );
    timeline::write(page, places, &stories);
    page.raw(
        "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table of stories\"><table class=\"stories sortable searched\">\n<thead><tr><th>Story</th><th class=\"n\">Documents</th><th class=\"n\">Distinct</th>",
    );
    page.raw(if places.has_dates() { "<th>Dates</th>" } else { "" });
    page.raw("<th class=\"n\">Cohesion</th><th class=\"n\">Loosest</th><th>Nearest story</th></tr></thead>\n<tbody>\n");
    let mut rows = 0;
    for story in &shown {
        row(page, places, story);
        rows += 1;
    }
    page.raw("</tbody>\n</table></div>\n");
    more(page, stories.len(), rows, "stories.csv");
    page.raw("</section>\n");
}

/// Shared stories first, then a few that one document tells alone.
fn shown_stories<'a>(stories: &[&'a Story]) -> Vec<&'a Story> {
    let (shared, alone): (Vec<_>, Vec<_>) =
        stories.iter().copied().partition(|story| story.members.len() > 1);
    let n_alone = if stories.len() > ALONE { ALONE_OF_MANY } else { ALONE };
    shared.into_iter().take(SHARED).chain(alone.into_iter().take(n_alone)).collect()
}

fn row(page: &mut Html, places: &Places<'_>, story: &Story) {
    let number = places.story_index(story.name).map_or(0, |index| index + 1);
    page.raw("<tr id=\"story-").number(number).raw("\"><td>");
    if story.members.len() > 1 {
        page.raw("<details><summary><strong>").quoted(places.story_label(story), 160).raw("</strong>");
        if let Some(title) = places.title(story.representative) {
            page.raw(" <span class=\"opening\">“").quoted(title, 110).raw("”</span>");
        }
        facts(page, places, story);
        page.raw("</summary>\n");
        members(page, places, story);
        page.raw("</details>");
    } else {
        page.raw("<strong>").quoted(places.story_label(story), 160).raw("</strong>");
        facts(page, places, story);
        page.raw("<div class=\"plain\">");
        if places.title(story.representative) == Some(places.story_label(story)) {
            page.raw("<span class=\"id\">").quoted(places.id(story.representative), 80).raw("</span>");
        } else {
            document(page, places, story.representative);
        }
        page.raw("</div>");
    }
    page.raw("</td><td class=\"n\">").count(story.members.len()).raw("</td><td class=\"n\">");
    page.count(story.n_distinct as usize).raw("</td>");
    if places.has_dates() {
        page.raw("<td class=\"dates\">");
        dates(page, story);
        page.raw("</td>");
    }
    page.raw("<td class=\"n\">");
    if story.n_distinct > 1 {
        page.measure(story.cohesion, 2);
    } else {
        page.raw("<span class=\"by\">–</span>");
    }
    page.raw("</td><td class=\"n\">");
    if story.n_distinct > 1 {
        page.measure(story.weakest_link, 2);
    } else {
        page.raw("<span class=\"by\">–</span>");
    }
    page.raw("</td><td>");
    nearest(page, places, story);
    page.raw("</td></tr>\n");
}

/// The texts of a story by date, copies folded into the text they are copies of.
fn members(page: &mut Html, places: &Places<'_>, story: &Story) {
    let date = |id: DocId| places.document(id).date.as_deref();
    let mut texts: Vec<(DocId, Vec<DocId>)> = Vec::new();
    for &id in story.members.iter().filter(|id| !places.is_dropped(**id)) {
        texts.push((id, Vec::new()));
    }
    for &id in story.members.iter().filter(|id| places.is_dropped(**id)) {
        let kept = places.kept(id);
        match texts.iter_mut().find(|(text, _)| Some(*text) == kept) {
            Some((_, copies)) => copies.push(id),
            None => texts.push((id, Vec::new())),
        }
    }
    texts.sort_by_key(|&(id, _)| (date(id).is_none(), date(id), id));
    let dated = || story.members.iter().filter_map(|&id| date(id));
    let (first, last) = (dated().min(), dated().max());
    page.raw("<p class=\"fine\">");
    page.text(&counted(story.members.len() as u64, "article", "articles")).raw(", ");
    page.text(&counted(story.n_distinct.into(), "distinct text", "distinct texts"));
    if story.sources.len() > 1 {
        page.raw(", ").text(&counted(story.sources.len() as u64, "source", "sources"));
    }
    page.raw(".</p>\n<ul>\n");
    for (id, copies) in texts.iter().take(MEMBERS) {
        page.raw("<li>");
        document(page, places, *id);
        let when = |word: Option<&str>| {
            word.is_some()
                && first != last
                && (date(*id) == word || copies.iter().any(|&copy| date(copy) == word))
        };
        if when(first) {
            page.raw(" <span class=\"role\">first</span>");
        }
        if when(last) {
            page.raw(" <span class=\"role\">last</span>");
        }
        if *id == story.representative {
            page.raw(" <span class=\"role\">representative</span>");
        }
        if !copies.is_empty() {
            let n = counted(copies.len() as u64, "copy", "copies");
            page.raw("<details class=\"inset\"><summary class=\"by\">and ").text(&n).raw("</summary><ul>\n");
            for &copy in copies.iter().take(MEMBERS) {
                page.raw("<li>");
                document(page, places, copy);
                page.raw("</li>\n");
            }
            page.raw("</ul>");
            more(page, copies.len(), MEMBERS, "documents.csv");
            page.raw("</details>");
        }
        page.raw("</li>\n");
    }
    page.raw("</ul>\n");
    more(page, texts.len(), MEMBERS, "documents.csv");
    spread(page, places, story);
}

/// How a story went through the sources: who had it when, and how often.
fn spread(page: &mut Html, places: &Places<'_>, story: &Story) {
    if story.sources.len() < 2 {
        return;
    }
    let mut rows: Vec<(Option<&str>, &str, usize)> = Vec::new();
    for source in &story.sources {
        let own = || {
            story
                .members
                .iter()
                .map(|&id| places.document(id))
                .filter(|one| one.source.as_ref() == Some(source))
        };
        let first = own().filter_map(|one| one.date.as_deref()).min();
        rows.push((first.map(|date| date.get(..10).unwrap_or(date)), source, own().count()));
    }
    rows.sort_by_key(|&(first, source, _)| (first.is_none(), first, source));
    page.raw("<div class=\"table\"><table class=\"bars\">\n<caption>Spread by source</caption><thead><tr><th>First</th><th>Source</th><th class=\"n\">Documents</th></tr></thead><tbody>\n");
    for (first, source, n) in rows.iter().take(SOURCES) {
        page.raw("<tr><td class=\"dates\">").text(first.unwrap_or("–")).raw("</td><td>").quoted(source, 80);
        page.raw("</td><td class=\"n\">").count(*n).raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    more(page, rows.len(), SOURCES, "stories.csv");
}

/// Keyphrases, sources and theme, in a line.
fn facts(page: &mut Html, places: &Places<'_>, story: &Story) {
    let mut facts = Vec::new();
    if places.shows_text() && !story.keyphrases.is_empty() {
        facts.push(story.keyphrases.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", "));
    }
    if story.sources.len() > 3 {
        facts.push(counted(story.sources.len() as u64, "source", "sources"));
    } else if !story.sources.is_empty() && story.members.len() > 1 {
        facts.push(story.sources.join(", "));
    }
    if !facts.is_empty() {
        page.raw("<span class=\"why\">").quoted(&facts.join(" · "), 240).raw("</span>");
    }
}

fn dates(page: &mut Html, story: &Story) {
    let day = |date: &Option<String>| date.as_deref().map(|date| date.get(..10).unwrap_or(date).to_owned());
    match (day(&story.first_date), day(&story.last_date)) {
        (Some(first), Some(last)) if first == last => page.text(&first),
        (Some(first), Some(last)) => page.text(&first).raw("<br>").text(&last),
        (Some(one), None) | (None, Some(one)) => page.text(&one),
        (None, None) => page.raw("<span class=\"by\">none</span>"),
    };
}

fn nearest(page: &mut Html, places: &Places<'_>, story: &Story) {
    let Some((name, cosine)) = story.nearest else {
        page.raw("<span class=\"by\">–</span>");
        return;
    };
    let label = places.story(name).map_or_else(|| places.id(name), |other| places.story_label(other));
    page.quoted(label, 70).raw(" <span class=\"by\">").measure(cosine, 2).raw("</span>");
}
