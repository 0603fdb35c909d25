//! Files on their way to a bucket and from it, a piece at a time. Must not know what is in them.

use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use object_store::path::Path as Key;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};
use tempfile::TempDir;

use super::super::super::files::Facts;
use super::super::super::{failed, unusable};
use super::super::{Draft, Folder, MANIFEST, Store};
use super::Bucket;
use crate::error::Result;

/// The smallest part that S3 takes; ten thousand of them, 50 GB, are the largest file. One is in memory at a time.
const PIECE: usize = 5 << 20;

impl Bucket {
    /// Whole or not at all: what is larger than a piece is no object before its last part is there.
    pub(super) fn upload(&self, from: &mut impl Read, key: &Key) -> io::Result<()> {
        let first = piece_of(from)?;
        if first.len() < PIECE {
            return self.client.wait(self.store().put(key, first.into())).map(|_| ());
        }
        let mut upload = self.client.wait(self.store().put_multipart(key))?;
        let send = || {
            let mut piece = first;
            while !piece.is_empty() {
                self.client.wait(upload.put_part(piece.into()))?;
                piece = piece_of(from)?;
            }
            Ok(())
        };
        let sent = send().and_then(|()| self.client.wait(upload.complete()).map(|_| ()));
        if sent.is_err() {
            // Parts without an end are no object, but they cost; a bucket can be told to forget them by the time.
            let _ = self.client.wait(upload.abort());
        }
        sent
    }
}

/// The next piece of a file; a shorter one is the last.
fn piece_of(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    from.take(PIECE as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

/// An object that is read piece by piece, however long its reader takes in between.
pub struct Download {
    bucket: Bucket,
    key: Key,
    size: u64,
    /// All pieces are of the same object, or none comes.
    e_tag: Option<String>,
    at: u64,
    piece: Bytes,
}

impl Download {
    pub fn begin(bucket: &Bucket, key: Key) -> io::Result<Download> {
        let get = async {
            let found = bucket.store().get(&key).await?;
            let (size, e_tag) = (found.meta.size, found.meta.e_tag.clone());
            // What is larger is asked for again, piece by piece: whoever reads may take his time.
            let piece = if size <= PIECE as u64 {
                found.bytes().await?
            } else {
                Bytes::new()
            };
            Ok((size, e_tag, piece))
        };
        let (size, e_tag, piece) = bucket.client.wait(get)?;
        Ok(Download {
            bucket: bucket.clone(),
            at: piece.len() as u64,
            key,
            size,
            e_tag,
            piece,
        })
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() && self.at < self.size {
            let end = self.size.min(self.at + PIECE as u64);
            let options = GetOptions::new()
                .with_range(Some(self.at..end))
                .with_if_match(self.e_tag.clone());
            let get = async {
                self.bucket
                    .store()
                    .get_opts(&self.key, options)
                    .await?
                    .bytes()
                    .await
            };
            self.piece = self.bucket.client.wait(get)?;
            self.at = end;
        }
        let taken = self.piece.split_to(buffer.len().min(self.piece.len()));
        for (to, from) in buffer.iter_mut().zip(&taken) {
            *to = *from;
        }
        Ok(taken.len())
    }
}

/// Files on a desk of this machine until all of them are known; so the database is not held up by an upload.
pub struct BucketDraft {
    pub bucket: Bucket,
    pub desk: TempDir,
}

impl Draft for BucketDraft {
    fn desk(&self) -> &Path {
        self.desk.path()
    }

    fn copy_in(&self, from: &Path, name: &str) -> io::Result<Facts> {
        self.bucket.copy_in(from, name)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let desk = Folder::at(self.desk.path());
        let names = desk
            .list("")
            .map_err(|error| unusable(self.desk.path(), &error))?;
        let files = names.iter().filter(|name| *name != MANIFEST).map(String::as_str);
        for name in files.chain([MANIFEST]) {
            self.bucket
                .copy_in(&self.desk.path().join(name), name)
                .map_err(|error| failed(&format!("{}/{name}", self.bucket), &error))?;
        }
        Ok(())
    }
}
