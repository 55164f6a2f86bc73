//! What agencies and pages write around English texts. Other languages get pages of their own words: menus of
//! frequent words, teasers of headlines.

/// Agencies sign alike in every language.
pub(super) const AGENCIES: [&str; 12] =
    ["Reuters", "AP", "AFP", "dpa", "UPI", "EFE", "ANSA", "Xinhua", "PA", "Kyodo", "TASS", "PTI"];

/// Sections and buttons of a menu.
pub(super) const MENU: [&str; 36] = [
    "Home", "World", "Politics", "Business", "Economy", "Markets", "Technology", "Science", "Health",
    "Sports", "Culture", "Travel", "Weather", "Opinion", "Video", "Podcasts", "Photos", "Local", "Education",
    "Lifestyle", "Obituaries", "Classifieds", "Jobs", "Archive", "Newsletters", "E-Paper", "Search", "Menu",
    "Log in", "Register", "My account", "Subscribe", "Help", "Contact", "Games", "Live",
];

/// Notices that a page shows before or after its article.
pub(super) const NOTICES: [&str; 22] = [
    "This website stores cookies on your device. You can change your choice at any time in the settings.",
    "Your browser is out of date. Some parts of this page may not be displayed as intended.",
    "You have read all of your free articles this month. Become a subscriber for unlimited access.",
    "Get the morning briefing in your inbox every weekday at six.",
    "Please enable JavaScript to view the comments.",
    "Share on Facebook Share on Twitter Share by e-mail Copy link",
    "Print this page Larger text Smaller text",
    "Listen to this story. Your browser does not support the audio element.",
    "Join the conversation: comments are moderated and appear after review.",
    "Download our app for breaking news alerts on your phone.",
    "Sign in to save this story and read it later.",
    "We may earn a commission when you buy through links on our site.",
    "This article is for subscribers only. Already a member? Sign in here.",
    "Do you have a story for us? Write to the newsroom.",
    "Follow our live coverage for the latest updates.",
    "More on this topic",
    "Most read in this section",
    "From our partners",
    "What others are reading now",
    "Editor's picks",
    "Related stories",
    "Top stories",
];

/// Between two paragraphs.
pub(super) const BETWEEN: [&str; 8] = [
    "ADVERTISEMENT", "Article continues after this ad", "Scroll down to continue", "File photo",
    "Play video", "Enlarge this image", "Skip this section", "Read also:",
];

/// At the foot of a page.
pub(super) const FOOT: [&str; 10] = [
    "Terms of use", "Privacy notice", "Cookie settings", "Imprint", "Advertise with us", "Accessibility",
    "Corrections", "RSS feeds", "Careers", "About us",
];

/// A newspaper's second name.
pub(super) const PAPERS: [&str; 12] = [
    "Times", "Post", "Herald", "Gazette", "Chronicle", "News", "Journal", "Observer", "Mirror", "Echo",
    "Standard", "Today",
];

/// What follows an agency's text; `{a}`, `{b}` are people, `{g}` the agency, `{y}` the year.
pub(super) const AGENCY_NOTICES: [&str; 6] = [
    "(Reporting by {a}; editing by {b})",
    "(Reporting by {a} in {p} and {b}; writing by {c})",
    "Copyright {y} {g}. This text may not be republished without written consent.",
    "© {y} {g}. All rights reserved.",
    "{g} contributed to this report.",
    "This version was supplied by {g} and has not been edited by our staff.",
];

/// A line on the author; `{a}` is the author, `{d}` the site's domain, `{p}` a place.
pub(super) const AUTHOR_LINES: [&str; 4] = [
    "{a} covers {p} and the region. Contact the reporter at newsroom@{d}.",
    "{a} is a staff writer based in {p}.",
    "Write to {a} at desk@{d}.",
    "{a} reported from {p}.",
];
