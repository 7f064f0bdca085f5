//! The demo's text: real documents, one message a section.

use anyhow::{Context, Result, ensure};
use chorale_domain::content::MAX_BODY_BYTES;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The project's own documents, for where no folder is at hand.
const EMBEDDED: [(&str, &str); 2] = [
    ("README.md", include_str!("../../../README.md")),
    ("ARCHITECTURE.md", include_str!("../../../ARCHITECTURE.md")),
];

/// One message: a heading with the text below it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// The heading, or the document's name where there is none.
    pub title: String,
    /// The text, heading and all.
    pub body: String,
}

/// A document in sections.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// The file's name.
    pub name: String,
    /// At least one.
    pub sections: Vec<Section>,
}

/// Reads the documents of `folder`; without one the project's own, from the current folder if it holds
/// them, else as built into the program.
///
/// # Errors
/// If a file cannot be read, or there is no text in any.
pub fn load(folder: Option<&Path>) -> Result<Vec<Document>> {
    let documents: Vec<_> = texts(folder)?
        .iter()
        .map(|(name, text)| split(name, text, MAX_BODY_BYTES))
        .filter(|document| !document.sections.is_empty())
        .collect();
    ensure!(
        !documents.is_empty(),
        "{} holds no Markdown (.md) or text (.txt) file with text in it: give another folder to --corpus",
        folder.unwrap_or(Path::new(".")).display()
    );
    Ok(documents)
}

fn texts(folder: Option<&Path>) -> Result<Vec<(String, String)>> {
    match folder {
        Some(folder) => read_all(text_files(folder)?),
        None => {
            let own = read_all(own_documents())?;
            let embedded = EMBEDDED.map(|(name, text)| (name.into(), text.into()));
            Ok(if own.is_empty() { embedded.into() } else { own })
        }
    }
}

/// README.md, ARCHITECTURE.md and docs/*.md of a checkout of Chorale, as far as they are there.
fn own_documents() -> Vec<PathBuf> {
    let checkout = Path::new("ARCHITECTURE.md").is_file() && Path::new("programs/chorale").is_dir();
    if !checkout {
        return vec![];
    }
    let top = ["README.md", "ARCHITECTURE.md"].map(PathBuf::from);
    let docs = text_files(Path::new("docs")).unwrap_or_default();
    top.into_iter().filter(|path| path.is_file()).chain(docs).collect()
}

fn text_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        if path.is_file() && is_text(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_text(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "md" || extension == "markdown" || extension == "txt")
}

fn read_all(files: Vec<PathBuf>) -> Result<Vec<(String, String)>> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {} as UTF-8", path.display()))?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok((name.to_string_lossy().into_owned(), text))
    };
    files.into_iter().map(read).collect()
}

/// Splits a document at its headings, and what is over `limit` bytes at its paragraphs.
#[must_use]
pub fn split(name: &str, text: &str, limit: usize) -> Document {
    let mut sections = Vec::new();
    for (title, range) in outline(name, text) {
        let parts = pieces(text[range].trim(), limit);
        let several = parts.len() > 1;
        for (number, body) in (1..).zip(parts) {
            let title = if several { format!("{title} ({number})") } else { title.clone() };
            sections.push(Section { title, body });
        }
    }
    Document { name: name.into(), sections }
}

/// Title and range of each section. A heading with nothing below it goes with the section after it.
fn outline(name: &str, text: &str) -> Vec<(String, Range<usize>)> {
    let mut found: Vec<(String, Range<usize>)> = Vec::new();
    let (mut open, mut from, mut below) = (name.to_owned(), 0, 0);
    let end = (String::new(), text.len()..text.len());
    for (title, heading) in headings(text).into_iter().chain([end]) {
        let blank = |from: usize| text[from..heading.start].trim().is_empty();
        if blank(below) && !blank(from) && heading.start < text.len() {
            (open, below) = (format!("{open}: {title}"), heading.end);
            continue;
        }
        if !blank(from) {
            found.push((open, from..heading.start));
        }
        (open, from, below) = (title, heading.start, heading.end);
    }
    found
}

/// Text and range of every heading.
fn headings(text: &str) -> Vec<(String, Range<usize>)> {
    let mut headings = Vec::new();
    let mut title: Option<String> = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match (event, &mut title) {
            (Event::Start(Tag::Heading { .. }), _) => title = Some(String::new()),
            (Event::Text(part) | Event::Code(part), Some(title)) => title.push_str(&part),
            (Event::End(TagEnd::Heading(_)), _) => {
                headings.push((title.take().unwrap_or_default(), range));
            }
            _ => {}
        }
    }
    headings
}

/// Cuts a text into pieces of at most `limit` bytes: between paragraphs where it can, else between words,
/// else between characters.
fn pieces(text: &str, limit: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > limit {
        let (piece, tail) = rest.split_at(cut(rest, limit));
        pieces.push(piece.trim_end().to_owned());
        rest = tail.trim_start();
    }
    pieces.push(rest.to_owned());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn cut(text: &str, limit: usize) -> usize {
    let end = (0..=limit).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0);
    let head = &text[..end];
    let paragraph = head.rfind("\n\n").filter(|at| *at > 0);
    let word = head.rfind(char::is_whitespace).filter(|at| *at > 0);
    paragraph.or(word).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> Vec<(String, String)> {
        let sections = split("doc.md", text, 1000).sections;
        sections.into_iter().map(|section| (section.title, section.body)).collect()
    }

    fn pair(title: &str, body: &str) -> (String, String) {
        (title.into(), body.into())
    }

    #[test]
    fn each_heading_begins_a_section() {
        let text = "before\n\n# One\n\nfirst\n\n## Two `code`\nsecond\n";
        let expected = vec![
            pair("doc.md", "before"),
            pair("One", "# One\n\nfirst"),
            pair("Two code", "## Two `code`\nsecond"),
        ];
        assert_eq!(titles(text), expected);
    }

    #[test]
    fn a_heading_with_nothing_below_goes_with_the_next() {
        let expected = vec![pair("One: Two", "# One\n\n## Two\n\ntext"), pair("Three", "# Three")];
        assert_eq!(titles("# One\n\n## Two\n\ntext\n\n# Three\n"), expected);
    }

    #[test]
    fn a_hash_in_a_code_block_is_no_heading() {
        let text = "# One\n\n```sh\n# not a heading\n```\n";
        assert_eq!(titles(text), vec![pair("One", text.trim())]);
    }

    #[test]
    fn plain_text_is_one_section_and_nothing_is_none() {
        assert_eq!(titles("just text\n"), vec![pair("doc.md", "just text")]);
        assert_eq!(titles(" \n\n"), vec![]);
    }

    #[test]
    fn oversize_sections_are_cut_at_paragraphs_then_words_then_characters() {
        assert_eq!(pieces("aaa\n\nbbb\n\nccc", 10), ["aaa\n\nbbb", "ccc"]);
        assert_eq!(pieces("aaa bbb ccc", 8), ["aaa bbb", "ccc"]);
        assert_eq!(pieces("ééééé", 5), ["éé", "éé", "é"]);
    }

    #[test]
    fn no_word_is_lost_and_no_piece_is_too_long() {
        let text = include_str!("../../../ARCHITECTURE.md");
        let document = split("ARCHITECTURE.md", text, 300);
        assert!(document.sections.iter().all(|section| section.body.len() <= 300));
        let words: Vec<_> =
            document.sections.iter().flat_map(|section| section.body.split_whitespace()).collect();
        assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn a_folder_without_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("picture.png"), [0]).unwrap();
        let error = load(Some(folder.path())).unwrap_err().to_string();
        assert!(error.contains("--corpus"), "{error}");
        std::fs::write(folder.path().join("b.txt"), "text").unwrap();
        std::fs::write(folder.path().join("a.md"), "# A\nb").unwrap();
        let names: Vec<_> =
            load(Some(folder.path())).unwrap().into_iter().map(|document| document.name).collect();
        assert_eq!(names, ["a.md", "b.txt"]);
    }
}
