//! Pictures of products: a folder of files named by their content, so that the same picture is kept once and an
//! address never changes its meaning. Must not know which product shows a picture.

mod files;
mod picture;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_files::NamedFile;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::config::MediaSettings;
use crate::error::{Error, Result};
use crate::web::respond::CachePolicy;

pub use files::PictureName;
pub use picture::Picture;

/// Why a file is no picture that the shop keeps.
#[derive(Debug, thiserror::Error)]
pub enum PictureFault {
    /// Judged by its first bytes, whatever it is called.
    #[error("is not a JPEG, PNG, WebP or GIF picture")]
    Type,
    #[error("is larger than {0} bytes (media.max_bytes)")]
    TooLarge(usize),
    #[error("has more than {0} pixels")]
    Pixels(u64),
    #[error("is damaged: it cannot be shown")]
    Broken,
    #[error("cannot be kept: {0}")]
    Storage(#[from] std::io::Error),
}

/// The folder of pictures. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct MediaStore {
    folder: PathBuf,
    max_bytes: usize,
    /// Who draws a picture anew has the one turn.
    desk: Arc<Semaphore>,
}

impl MediaStore {
    /// A folder of this machine.
    pub fn at(folder: PathBuf) -> MediaStore {
        MediaStore {
            folder,
            max_bytes: usize::MAX,
            desk: Arc::new(Semaphore::new(1)),
        }
    }

    pub fn new(settings: &MediaSettings) -> MediaStore {
        MediaStore {
            folder: settings.store.clone(),
            max_bytes: settings.max_bytes,
            desk: Arc::new(Semaphore::new(1)),
        }
    }

    /// Largest picture in bytes.
    pub fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// The address that a picture has once it is stored.
    ///
    /// # Errors
    /// Not a picture, or too large.
    pub fn address(&self, bytes: &[u8]) -> Result<String, PictureFault> {
        let (hash, extension) = self.identify(bytes)?;
        Ok(format!("/media/{hash}/original.{extension}"))
    }

    /// Stores a picture and returns its address. A file appears whole or not at all, whenever the process is killed.
    /// Blocking.
    ///
    /// # Errors
    /// Not a picture, too large, or the folder cannot be written.
    pub fn store(&self, bytes: &[u8]) -> Result<String, PictureFault> {
        let (hash, extension) = self.identify(bytes)?;
        let target = self.path(&hash, extension);
        if !target.exists() {
            write_whole(&target, bytes)?;
        }
        Ok(format!("/media/{hash}/original.{extension}"))
    }

    /// Whether the picture of an address is kept.
    pub fn has(&self, address: &str) -> bool {
        let parts = address
            .strip_prefix("/media/")
            .and_then(|rest| rest.split_once('/'));
        let found = parts.and_then(|(hash, file)| self.find(hash, file));
        found.is_some_and(|file| file.exists())
    }

    /// What browsers are told that the picture of an address is.
    pub fn media_type(address: &str) -> Option<&'static str> {
        let (_, extension) = address.rsplit_once('.')?;
        let known = EXTENSIONS.iter().find(|(_, known)| *known == extension);
        known.map(|(media_type, _)| *media_type)
    }

    fn identify(&self, bytes: &[u8]) -> Result<(String, &'static str), PictureFault> {
        if bytes.len() > self.max_bytes {
            return Err(PictureFault::TooLarge(self.max_bytes));
        }
        let kind = infer::get(bytes).ok_or(PictureFault::Type)?;
        let extension = EXTENSIONS
            .iter()
            .find(|(media_type, _)| *media_type == kind.mime_type());
        let (_, extension) = extension.ok_or(PictureFault::Type)?;
        Ok((hex::encode(Sha256::digest(bytes)), extension))
    }

    fn path(&self, hash: &str, extension: &str) -> PathBuf {
        let shelf = hash.get(..2).unwrap_or("00");
        self.folder.join(shelf).join(format!("{hash}.{extension}"))
    }

    /// The file behind an address, if the address is one of ours.
    fn find(&self, hash: &str, file: &str) -> Option<PathBuf> {
        let extension = file.strip_prefix("original.")?;
        let known = EXTENSIONS.iter().any(|(_, known)| *known == extension);
        let plain = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (known && plain).then(|| self.path(hash, extension))
    }
}

/// Writes a file beside its place and moves it there when it is complete and on the disk. The name is nobody else's:
/// two requests may store the same picture at the same time.
fn write_whole(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let unfinished = target.with_extension(format!("{:016x}.part", fastrand::u64(..)));
    let write = || {
        let mut file = File::create_new(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, target)
    };
    write().inspect_err(|_| {
        // What failed is told; that its remains cannot be removed either would only hide it.
        let _ = std::fs::remove_file(&unfinished);
    })
}

/// The types that are kept, with their file endings. No SVG: it can hold scripts.
const EXTENSIONS: [(&str, &str); 4] = [
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/webp", "webp"),
    ("image/gif", "gif"),
];

/// `GET /media/{hash}/{file}`
pub async fn show(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    media: web::Data<MediaStore>,
) -> Result<HttpResponse> {
    let (hash, file) = path.into_inner();
    let missing = || Error::NotFound { what: "picture" };
    let found = media.find(&hash, &file).ok_or_else(missing)?;
    let mut answer = NamedFile::open(found)
        .map_err(|_| missing())?
        .into_response(&request);
    let headers = answer.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static(CachePolicy::Immutable.header()),
    );
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::http::{StatusCode, header};
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

    fn store(folder: &Path) -> MediaStore {
        MediaStore {
            max_bytes: 1000,
            ..MediaStore::at(folder.to_owned())
        }
    }

    #[test]
    fn a_picture_is_kept_once_under_an_address_that_leads_back_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let address = store.store(PNG).unwrap();
        assert_eq!(
            (store.store(PNG).unwrap(), store.address(PNG).unwrap()),
            (address.clone(), address.clone())
        );
        let (hash, file) = address.strip_prefix("/media/").unwrap().split_once('/').unwrap();
        assert_eq!(std::fs::read(store.find(hash, file).unwrap()).unwrap(), PNG);
    }

    #[test]
    fn what_is_no_picture_is_refused_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        for bytes in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
            b"<html>",
            b"",
            b"%PDF-1.7",
            &[0; 2000],
        ] {
            assert!(store.store(bytes).is_err(), "{bytes:?}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn no_address_leads_out_of_the_folder() {
        let store = store(Path::new("/srv/media"));
        let hash = "a".repeat(64);
        for (hash, file) in [
            ("..", "original.png"),
            (&*hash, "../original.png"),
            (&*hash, "original.html"),
            ("A", "original.png"),
        ] {
            assert!(store.find(hash, file).is_none(), "{hash} {file}");
        }
    }

    #[test]
    fn a_picture_stored_by_many_at_once_is_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| store.store(PNG).unwrap());
            }
        });
        let shelf = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        let files: Vec<_> = std::fs::read_dir(shelf.path()).unwrap().collect();
        assert_eq!(files.len(), 1, "{files:?}");
    }

    #[actix_web::test]
    async fn a_picture_is_served_for_ever_and_as_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let address = store.store(PNG).unwrap();
        let app = App::new()
            .app_data(web::Data::new(store))
            .route("/media/{hash}/{file}", web::get().to(show));
        let app = init_service(app).await;
        let whole = call_service(&app, TestRequest::get().uri(&address).to_request()).await;
        assert_eq!(whole.status(), StatusCode::OK);
        for (name, value) in [
            (header::CONTENT_TYPE, "image/png"),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        ] {
            assert_eq!(whole.headers().get(&name).unwrap(), value);
        }
        let tag = whole.headers().get(header::ETAG).unwrap().clone();
        assert_eq!(read_body(whole).await, PNG);
        let known = TestRequest::get()
            .uri(&address)
            .insert_header((header::IF_NONE_MATCH, tag));
        let known = call_service(&app, known.to_request()).await;
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
        let part = TestRequest::get()
            .uri(&address)
            .insert_header((header::RANGE, "bytes=1-3"));
        let part = call_service(&app, part.to_request()).await;
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(read_body(part).await, "PNG");
        for other in ["/media/x/original.png", "/media/..%2f..%2fetc/passwd"] {
            let missing = call_service(&app, TestRequest::get().uri(other).to_request()).await;
            assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{other}");
        }
    }
}
