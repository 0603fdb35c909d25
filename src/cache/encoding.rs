//! In which form bytes travel: what a client takes, and how it is made. Must not know what the bytes mean.

use std::io::Write;

use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};

/// Shorter answers fit into one packet as they are.
const SHORTEST: usize = 860;

/// Made once and sent often, yet on a request's time: 30 KB take about a millisecond.
const BROTLI_QUALITY: i32 = 5;

/// Logarithms of the window, of which the encoder allocates a multiple: no larger than the bytes need.
const BROTLI_WINDOWS: (u32, u32) = (16, 22);
const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 7;

/// Ways to compress, the most effective one for text first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Brotli,
    Zstd,
    Gzip,
}

impl Encoding {
    pub const ALL: [Encoding; 3] = [Encoding::Brotli, Encoding::Zstd, Encoding::Gzip];

    /// Its name in headers.
    pub fn name(self) -> HeaderValue {
        HeaderValue::from_static(self.token())
    }

    fn token(self) -> &'static str {
        match self {
            Encoding::Brotli => "br",
            Encoding::Zstd => "zstd",
            Encoding::Gzip => "gzip",
        }
    }

    /// The best one that a client takes; `None` is the bytes as they are. A client that refuses even those gets them.
    pub fn accepted(headers: &HeaderMap) -> Option<Encoding> {
        let weights = weights(headers.get(ACCEPT_ENCODING)?.to_str().ok()?);
        let best = |best: Option<(u16, Encoding)>, (weight, encoding): (u16, Encoding)| {
            let better = weight > best.map_or(0, |(weight, _)| weight);
            if better { Some((weight, encoding)) } else { best }
        };
        let weighed = weights.into_iter().zip(Encoding::ALL);
        weighed.fold(None, best).map(|(_, encoding)| encoding)
    }

    /// The bytes in this form; `None` when that would not pay.
    pub fn compress(self, bytes: &[u8]) -> Option<Vec<u8>> {
        if bytes.len() < SHORTEST {
            return None;
        }
        let compressed = match self {
            Encoding::Brotli => brotli(bytes),
            Encoding::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL),
            Encoding::Gzip => gzip(bytes),
        };
        // Writing into memory does not fail; if it ever did, the bytes as they are would be right all the same.
        compressed
            .ok()
            .filter(|compressed| compressed.len() < bytes.len())
    }
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: window(bytes.len()),
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut compressed = Vec::with_capacity(bytes.len() / 4);
    let mut rest = bytes;
    brotli::BrotliCompress(&mut rest, &mut compressed, &params)?;
    Ok(compressed)
}

fn window(length: usize) -> i32 {
    let (least, most) = BROTLI_WINDOWS;
    let bits = usize::BITS - length.leading_zeros();
    i32::try_from(bits.clamp(least, most)).unwrap_or_default()
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let level = flate2::Compression::new(GZIP_LEVEL);
    let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(bytes.len() / 4), level);
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// How much a client wants each form (RFC 9110, 12.5.3), in thousandths. In one pass, since every answer takes it.
fn weights(header: &str) -> [u16; Encoding::ALL.len()] {
    let (mut named, mut any) = ([None; Encoding::ALL.len()], 0);
    for range in header.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let own = named
            .iter_mut()
            .zip(Encoding::ALL)
            .find(|(_, encoding)| name.eq_ignore_ascii_case(encoding.token()));
        let quality = parts.next().and_then(|part| part.strip_prefix("q="));
        let quality = quality.map_or(1000, thousandths);
        match own {
            Some((weight, _)) => *weight = weight.or(Some(quality)),
            None if name == "*" => any = quality,
            None => {}
        }
    }
    named.map(|weight| weight.unwrap_or(any))
}

fn thousandths(quality: &str) -> u16 {
    let quality: f32 = quality.trim().parse().unwrap_or(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000"
    )]
    let thousandths = (quality.clamp(0.0, 1.0) * 1000.0) as u16;
    thousandths
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_client_gets_the_best_form_that_it_takes() {
        for (sent, best) in [
            ("gzip", Some(Encoding::Gzip)),
            ("gzip, deflate, br, zstd", Some(Encoding::Brotli)),
            ("gzip;q=1.0, br;q=0.5", Some(Encoding::Gzip)),
            ("br;q=0, zstd", Some(Encoding::Zstd)),
            ("BR", Some(Encoding::Brotli)),
            ("*", Some(Encoding::Brotli)),
            ("*;q=0.1, gzip;q=0.2", Some(Encoding::Gzip)),
            ("identity", None),
            ("gzip;q=0", None),
            ("gzip;q=NaN", None),
            ("gzip;q=-1", None),
            ("", None),
            ("br2, gzipped", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(sent));
            assert_eq!(Encoding::accepted(&headers), best, "{sent}");
        }
        assert_eq!(Encoding::accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn each_form_can_be_read_again() {
        let text = "A lamp, another lamp, and a third lamp. "
            .repeat(100)
            .into_bytes();
        for encoding in Encoding::ALL {
            let compressed = encoding.compress(&text).unwrap();
            assert!(compressed.len() < text.len() / 4, "{encoding:?}");
            let mut found = Vec::new();
            match encoding {
                Encoding::Brotli => drop(brotli::BrotliDecompress(&mut &compressed[..], &mut found)),
                Encoding::Zstd => found = zstd::bulk::decompress(&compressed, text.len()).unwrap(),
                Encoding::Gzip => drop(flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut found)),
            }
            assert_eq!(found, text, "{encoding:?}");
        }
    }

    #[test]
    fn what_does_not_pay_is_left_as_it_is() {
        let noise: Vec<u8> = (0..2_000).map(|_| fastrand::u8(..)).collect();
        for encoding in Encoding::ALL {
            assert_eq!(encoding.compress(b"short"), None);
            assert_eq!(encoding.compress(&noise), None);
        }
    }
}
