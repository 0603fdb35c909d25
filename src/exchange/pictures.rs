//! Where the pictures are that a file names. Must not know where they go.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::web::assets;

/// A source of pictures.
#[derive(Debug, Clone)]
pub enum Pictures {
    /// Files below this folder, as a rule the one the imported file lies in.
    Folder(PathBuf),
    /// The demo shop's, inside the program.
    Demo,
}

impl Pictures {
    /// The bytes of a picture, at most one more than `max_bytes`. Blocking.
    ///
    /// # Errors
    /// A reason that can be shown: a path that leads elsewhere, no such file.
    pub fn read(&self, name: &str, max_bytes: usize) -> Result<Vec<u8>, String> {
        let path = Path::new(name);
        if !path
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Err("must be a path below the imported file".to_owned());
        }
        let missing = |_| "there is no such picture beside the imported file".to_owned();
        match self {
            Pictures::Demo => assets::demo(name)
                .map(|bytes| bytes.into_owned())
                .ok_or(())
                .map_err(missing),
            Pictures::Folder(folder) => {
                let folder = folder.canonicalize().map_err(|_| ()).map_err(missing)?;
                let file = folder
                    .join(path)
                    .canonicalize()
                    .map_err(|_| ())
                    .map_err(missing)?;
                if !file.starts_with(&folder) {
                    return Err("leads out of the folder of the imported file".to_owned());
                }
                // Anything else could block for ever (a pipe) or never end (a device).
                if !file.is_file() {
                    return Err("is no file".to_owned());
                }
                let mut bytes = Vec::new();
                let opened = std::fs::File::open(file).map_err(|_| ()).map_err(missing)?;
                opened
                    .take(max_bytes as u64 + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|error| error.to_string())?;
                Ok(bytes)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_from_below_the_file_or_not_at_all() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let folder = outside.path().join("import");
        std::fs::create_dir_all(folder.join("images")).unwrap();
        std::fs::write(folder.join("images/a.png"), "png").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), folder.join("link.png")).unwrap();
        let pictures = Pictures::Folder(folder.clone());
        assert_eq!(pictures.read("images/a.png", 10).unwrap(), b"png");
        let absolute = folder.join("images/a.png");
        for name in [
            "../secret",
            "images/../../secret",
            absolute.to_str().unwrap(),
            "link.png",
            "none.png",
            "images",
        ] {
            assert!(pictures.read(name, 10).is_err(), "{name}");
        }
    }
}
