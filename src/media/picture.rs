//! Pictures of people whom the shop does not know: decoded within limits and drawn anew, so that what is kept is what is seen.
//! No place and no owner that a camera wrote down, nothing hidden behind the last pixel, no format that only some decoders
//! survive. Must not know whose a picture is or where it is kept.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::{MediaStore, PictureFault};
use crate::error::{Error, Result};

/// Pixels of a picture, told by its head before anything is decoded. Cameras of telephones make up to 50 million, and offer
/// fewer; in memory this is 160 MB.
const MOST_PIXELS: u64 = 40_000_000;
/// What decoding may take in memory, in bytes.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
/// Pixels of the longer side that are kept: twice what the widest page shows.
const LONGEST_SIDE: u32 = 2_048;
/// Of 100; above, files grow faster than pictures.
const JPEG_QUALITY: u8 = 85;
/// How long somebody waits for the pictures of others.
const PATIENCE: Duration = Duration::from_secs(10);
const RETRY_AFTER_S: u32 = 10;

/// A picture as the shop would keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Where it can be seen once it is stored: named by its content.
    pub address: String,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

impl MediaStore {
    /// Draws a picture anew: upright, at most 2,048 pixels long, as PNG where it can be seen through or was drawn, as JPEG
    /// otherwise; of a moving one the first frame. One at a time, since it takes a core and much memory.
    ///
    /// # Errors
    /// `Unavailable` when others are not done in time; the inner one when it is no picture that the shop keeps.
    pub async fn redraw(&self, sent: Vec<u8>) -> Result<Result<Picture, PictureFault>> {
        let turn = tokio::time::timeout(PATIENCE, self.desk.clone().acquire_owned()).await;
        let Ok(turn) = turn else {
            return Err(Error::Unavailable {
                what: "place where pictures are looked at",
                retry_after_s: RETRY_AFTER_S,
                source: None,
            });
        };
        let turn = turn.map_err(Error::internal)?;
        let media = self.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "one at a time: whoever draws holds the only turn"
        )]
        let drawn = tokio::task::spawn_blocking(move || {
            // Whoever goes away makes no room for another one while this goes on.
            let _turn = turn;
            media.redrawn(&sent)
        });
        drawn.await.map_err(Error::internal)
    }

    fn redrawn(&self, sent: &[u8]) -> Result<Picture, PictureFault> {
        let (_, extension) = self.identify(sent)?;
        let format = ImageFormat::from_extension(extension).ok_or(PictureFault::Type)?;
        let seen = decode(sent, format)?;
        let bytes = encode(&seen, format).map_err(broken)?;
        Ok(Picture {
            address: self.address(&bytes)?,
            width: seen.width(),
            height: seen.height(),
            bytes,
        })
    }
}

fn decode(sent: &[u8], format: ImageFormat) -> Result<DynamicImage, PictureFault> {
    let reader = || ImageReader::with_format(Cursor::new(sent), format);
    let (width, height) = reader().into_dimensions().map_err(broken)?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PictureFault::Pixels(MOST_PIXELS));
    }
    let mut limited = reader();
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    limited.limits(limits);
    let mut decoder = limited.into_decoder().map_err(broken)?;
    let orientation = decoder.orientation().map_err(broken)?;
    let mut seen = DynamicImage::from_decoder(decoder).map_err(broken)?;
    seen.apply_orientation(orientation);
    if seen.width().max(seen.height()) > LONGEST_SIDE {
        seen = seen.resize(LONGEST_SIDE, LONGEST_SIDE, FilterType::CatmullRom);
    }
    Ok(seen)
}

fn encode(seen: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    if seen.color().has_alpha() {
        let clear = DynamicImage::ImageRgba8(seen.to_rgba8());
        clear.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        return Ok(bytes);
    }
    let opaque = DynamicImage::ImageRgb8(seen.to_rgb8());
    match format {
        ImageFormat::Png | ImageFormat::Gif => {
            opaque.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        }
        _ => JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&opaque)?,
    }
    Ok(bytes)
}

fn broken(error: ImageError) -> PictureFault {
    match error {
        ImageError::Limits(_) => PictureFault::Pixels(MOST_PIXELS),
        _ => PictureFault::Broken,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use image::RgbImage;

    use super::*;

    fn store() -> MediaStore {
        MediaStore::at(Path::new("/srv/media").to_owned())
    }

    fn drawn(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let shade = |x: u32, y: u32| u8::try_from((x * 7 + y * 13) % 256).unwrap();
        let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([shade(x, y), 40, 90]));
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[actix_web::test]
    async fn what_stands_beside_the_pixels_is_gone() {
        let secret = b"GPS 52.5200 N 13.4050 E <script>";
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Gif,
        ] {
            let mut sent = drawn(40, 30, format);
            sent.extend_from_slice(secret);
            let picture = store().redraw(sent).await.unwrap().unwrap();
            assert_eq!((picture.width, picture.height), (40, 30), "{format:?}");
            let found = picture.bytes.windows(secret.len()).any(|part| part == secret);
            assert!(!found, "{format:?}");
            assert_eq!(store().address(&picture.bytes).unwrap(), picture.address);
        }
    }

    #[actix_web::test]
    async fn a_large_picture_is_made_smaller_and_keeps_its_shape() {
        let sent = drawn(3_000, 30, ImageFormat::Png);
        let picture = store().redraw(sent).await.unwrap().unwrap();
        assert_eq!((picture.width, picture.height), (LONGEST_SIDE, 20));
    }

    #[actix_web::test]
    async fn a_bomb_is_refused_by_its_head_and_a_torn_picture_by_its_end() {
        let mut bomb = drawn(1, 1, ImageFormat::Png);
        // Width and height of the header; its checksum is made to fit.
        bomb[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
        let sum = crc32fast::hash(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&sum);
        let fault = store().redraw(bomb).await.unwrap().unwrap_err();
        assert!(matches!(fault, PictureFault::Pixels(_)), "{fault}");
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let mut torn = drawn(60, 60, format);
            torn.truncate(torn.len() / 2);
            let fault = store().redraw(torn).await.unwrap().unwrap_err();
            assert!(matches!(fault, PictureFault::Broken), "{format:?}: {fault}");
        }
        let fault = store().redraw(b"<svg/>".to_vec()).await.unwrap().unwrap_err();
        assert!(matches!(fault, PictureFault::Type), "{fault}");
    }
}
