//! The right to ship into a bucket: an object that names who has it, written anew all the time. Must not know what is shipped.
//!
//! A bucket has no locks. So whoever finds a name that is not his own and not old keeps out, and whoever has shipped looks
//! before each shipment whether the name is still his. Two could pass each other in the moment between that look and the
//! shipment; `vitrine backup verify` tells of such a pair by its name.

use std::time::{Duration, Instant};

use super::super::super::failed;
use super::{Bucket, Lock, followed};
use crate::db::Moment;
use crate::error::{Error, Result};

const NAME: &str = "follower.lock";

/// After this nobody has the right who did not renew it: he was killed.
const VALID: Duration = Duration::from_secs(60);

const RENEWED: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Lease {
    bucket: Bucket,
    /// A number that nobody else has.
    owner: String,
    renewed: Instant,
}

impl Lease {
    pub fn take(bucket: &Bucket) -> Result<Lease> {
        let found = bucket.text(NAME).map_err(|error| failed(bucket, &error))?;
        if let Some((_, written)) = found {
            let age = Moment::now().unix_seconds() - written.timestamp() as f64;
            let left = VALID.as_secs_f64() - age;
            if left > 0.0 {
                let more = format!(", or it was killed less than a minute ago: try again in {left:.0} s");
                return Err(followed(bucket, &more));
            }
        }
        let mut number = [0; 16];
        getrandom::fill(&mut number).map_err(Error::internal)?;
        let mut lease = Lease {
            bucket: bucket.clone(),
            owner: hex::encode(number),
            renewed: Instant::now(),
        };
        lease.renew()?;
        lease.keep(true)?;
        Ok(lease)
    }

    fn renew(&mut self) -> Result<()> {
        let written = self.bucket.put_text(NAME, &self.owner);
        written.map_err(|error| failed(&self.bucket, &error))?;
        self.renewed = Instant::now();
        Ok(())
    }

    fn is_ours(&self) -> std::io::Result<bool> {
        Ok(self
            .bucket
            .text(NAME)?
            .is_some_and(|(owner, _)| owner == self.owner))
    }
}

impl Lock for Lease {
    fn keep(&mut self, surely: bool) -> Result<()> {
        let is_due = self.renewed.elapsed() > RENEWED;
        if (surely || is_due) && !self.is_ours().map_err(|error| failed(&self.bucket, &error))? {
            return Err(followed(&self.bucket, ""));
        }
        if is_due { self.renew() } else { Ok(()) }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Nobody is left to tell; after a minute it counts no more.
        if self.is_ours().unwrap_or(false) {
            let _ = self.bucket.delete(NAME);
        }
    }
}
