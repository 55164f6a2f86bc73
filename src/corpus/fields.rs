//! Which field of a record is what? By a printed list of names, or as the settings say.

use std::collections::BTreeSet;

use crate::settings::Settings;

/// What a field can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Text,
    Title,
    Id,
    Date,
    Source,
    Url,
    Language,
}

/// All of them, in the order of their numbers.
pub(super) const ROLES: [Role; 7] =
    [Role::Text, Role::Title, Role::Id, Role::Date, Role::Source, Role::Url, Role::Language];

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Title => "title",
            Self::Id => "id",
            Self::Date => "date",
            Self::Source => "source",
            Self::Url => "url",
            Self::Language => "lang",
        }
    }

    /// Names looked for when the settings name none: lower case, the first that a record has wins,
    /// record by record, so that the order of records means nothing.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Text => &[
                "text", "body", "content", "article", "maintext", "article_text", "articlebody",
                "article_body", "full_text", "fulltext", "raw_text", "raw_content", "document", "story",
                "message",
            ],
            Self::Title => &["title", "headline", "head", "subject", "article_title", "name"],
            Self::Id => &["id", "_id", "doc_id", "docid", "document_id", "article_id", "uuid", "guid"],
            Self::Date => &[
                "date", "date_publish", "published", "publish_date", "published_at", "publishedat",
                "publication_date", "pub_date", "pubdate", "published_date", "datetime", "timestamp",
                "created_at",
            ],
            Self::Source => &[
                "source", "publisher", "publication", "outlet", "site", "site_name", "source_domain",
                "domain", "newspaper", "feed",
            ],
            Self::Url => &["url", "link", "uri", "href", "source_url", "article_url", "web_url"],
            Self::Language => &["lang", "language", "language_code"],
        }
    }
}

/// The names in force.
#[derive(Debug)]
pub(super) struct Roles {
    /// By role: the one name that the settings give.
    given: [Option<String>; 7],
    /// The same where it leads into a field, or joins several.
    paths: Vec<(Role, Vec<Path>)>,
}

/// A field within fields: `article.body` is `["article", "body"]`. A list is gone through item by item, unless the path
/// says which item: `paragraphs.0`.
pub(super) type Path = Vec<String>;

impl Roles {
    pub(super) fn new(settings: &Settings) -> Self {
        let mut given: [Option<String>; 7] = Default::default();
        given[Role::Text as usize].clone_from(&settings.text_field);
        given[Role::Title as usize].clone_from(&settings.title_field);
        given[Role::Id as usize].clone_from(&settings.id_field);
        given[Role::Date as usize].clone_from(&settings.date_field);
        given[Role::Source as usize].clone_from(&settings.source_field);
        given[Role::Url as usize].clone_from(&settings.url_field);
        given[Role::Language as usize].clone_from(&settings.language_field);
        let path = |name: &str| name.trim().split('.').map(str::to_owned).collect();
        let paths = ROLES
            .into_iter()
            .filter_map(|role| {
                let name = given[role as usize].as_deref()?;
                Some((role, name.split(',').map(path).collect()))
            })
            .collect();
        Self { given, paths }
    }

    /// The roles for which the settings name a field, with the ways to it; several are joined.
    pub(super) fn paths(&self) -> &[(Role, Vec<Path>)] {
        &self.paths
    }

    /// Do the settings name the field that has this role?
    pub(super) fn is_given(&self, role: Role) -> bool {
        self.given[role as usize].is_some()
    }

    /// Could this be the name of a column: of a role, or of one that the settings name?
    pub(super) fn knows(&self, key: &str) -> bool {
        self.of(key).is_some()
            || self
                .paths
                .iter()
                .flat_map(|(_, paths)| paths)
                .any(|path| path.first().is_some_and(|first| first == key))
    }

    /// What `key` is, and its place in the list of names (0 wins). A field named in the settings
    /// has that role and no other.
    pub(super) fn of(&self, key: &str) -> Option<(Role, u8)> {
        if let Some(role) = ROLES.into_iter().find(|&role| self.given[role as usize].as_deref() == Some(key))
        {
            return Some((role, 0));
        }
        for role in ROLES {
            if self.given[role as usize].is_none()
                && let Some(place) = role.names().iter().position(|name| key.eq_ignore_ascii_case(name))
            {
                return Some((role, place as u8));
            }
        }
        None
    }

    fn name(&self, role: Role, place: u8) -> &str {
        match &self.given[role as usize] {
            Some(name) => name,
            None => role.names().get(usize::from(place)).copied().unwrap_or_default(),
        }
    }

    /// What to tell somebody whose records have no text.
    pub(super) fn wanted_text(&self) -> String {
        match &self.given[Role::Text as usize] {
            Some(name) => format!("{name:?} (--text-field)"),
            None => Role::Text.names()[..4].join(", ") + " or the like",
        }
    }
}

/// Which names served, over many records.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Served([u32; 7]);

impl Served {
    pub(super) fn add(&mut self, role: Role, place: u8) {
        self.0[role as usize] |= 1 << place;
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine |= others;
        }
    }

    /// As `text=body`.
    pub(super) fn list(self, roles: &Roles, into: &mut BTreeSet<String>) {
        for role in ROLES {
            for place in (0..32).filter(|place| self.0[role as usize] >> place & 1 == 1) {
                into.insert(format!("{}={}", role.name(), roles.name(role, place)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_a_given_name_is_the_only_one() {
        let roles = Roles::new(&Settings::default());
        assert_eq!(roles.of("Body"), Some((Role::Text, 1)));
        assert_eq!(roles.of("label"), None);
        let roles = Roles::new(&Settings { text_field: Some("headline".into()), ..Settings::default() });
        assert_eq!(roles.of("headline"), Some((Role::Text, 0)));
        assert_eq!(roles.of("text"), None);
        assert_eq!(roles.wanted_text(), "\"headline\" (--text-field)");
    }

    #[test]
    fn no_name_has_two_roles_and_every_place_fits_its_mask() {
        let mut all: Vec<_> = ROLES.iter().flat_map(|role| role.names()).collect();
        let n_names = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), n_names);
        assert!(ROLES.iter().all(|role| role.names().len() <= 32));
    }
}
