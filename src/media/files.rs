//! The pictures as files with names, for backups. Must not know where else they are kept.

use std::io;
use std::path::{Path, PathBuf};

use super::{EXTENSIONS, MediaStore};

/// What stands before the hash in an address, and between hash and ending.
const ADDRESS: &str = "/media/";
const FILE: &str = "/original.";

/// The name of a picture in the folder: two digits of its hash, the hash, its type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PictureName(String);

impl PictureName {
    /// Reads `ab/ab12….png`; `None` for whatever a picture of ours is not called, such as a way out of the folder.
    pub fn parse(name: &str) -> Option<PictureName> {
        let (shelf, file) = name.split_once('/')?;
        let (hash, extension) = file.split_once('.')?;
        let found = PictureName::of(hash, extension)?;
        (found.0 == name && hash.starts_with(shelf)).then_some(found)
    }

    /// The names of the pictures whose addresses stand in a text.
    pub fn all_in(text: &str) -> Vec<PictureName> {
        let of = |address: &str| {
            let (hash, file) = address.split_once(FILE)?;
            let end = file.find(|c: char| !c.is_ascii_alphanumeric());
            PictureName::of(hash, file.get(..end.unwrap_or(file.len()))?)
        };
        text.split(ADDRESS).skip(1).filter_map(of).collect()
    }

    fn of(hash: &str, extension: &str) -> Option<PictureName> {
        let known = EXTENSIONS.iter().any(|(_, known)| *known == extension);
        let plain = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let shelf = hash.get(..2)?;
        (known && plain).then(|| PictureName(format!("{shelf}/{hash}.{extension}")))
    }

    /// The SHA-256 that the picture has, in hex.
    pub fn hash(&self) -> &str {
        let file = self.0.split_once('/').map_or("", |(_, file)| file);
        file.split_once('.').map_or("", |(hash, _)| hash)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MediaStore {
    /// The names of all pictures, in order. A folder that is not there has none.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn pictures(&self) -> io::Result<Vec<PictureName>> {
        let shelves = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            shelves => shelves?,
        };
        let mut found = Vec::new();
        for shelf in shelves {
            let shelf = shelf?;
            if !shelf.file_type()?.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(shelf.path())? {
                let (shelf, file) = (shelf.file_name(), file?.file_name());
                let name = format!("{}/{}", shelf.to_string_lossy(), file.to_string_lossy());
                found.extend(PictureName::parse(&name));
            }
        }
        found.sort();
        Ok(found)
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a picture is, or would be.
    pub fn place(&self, name: &PictureName) -> PathBuf {
        self.folder.join(&name.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_a_picture_or_is_none() {
        let hash = "ab".repeat(32);
        let name = format!("ab/{hash}.png");
        assert_eq!(PictureName::parse(&name).unwrap().hash(), hash);
        for other in [
            "",
            "ab/x.png",
            &format!("cd/{hash}.png"),
            &format!("../{hash}.png"),
            &format!("ab/{hash}.html"),
            &format!("ab/{hash}.png.part"),
            &format!("ab/{}.png", hash.to_uppercase()),
        ] {
            assert_eq!(PictureName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn pictures_are_found_by_their_addresses_in_any_text() {
        let (one, two) = ("ab".repeat(32), "cd".repeat(32));
        let text = format!(
            "[{{\"url\":\"/media/{one}/original.png\"}}] /media/x/original.png /media/{two}/original.jpg"
        );
        let found: Vec<String> = PictureName::all_in(&text)
            .iter()
            .map(|name| name.as_str().to_owned())
            .collect();
        assert_eq!(found, [format!("ab/{one}.png"), format!("cd/{two}.jpg")]);
    }
}
