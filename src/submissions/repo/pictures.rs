//! Storage of pictures that are only proposed. A row is counted for a day; its content is there as long as somebody may still
//! decide. Must not know what makes a picture good.

use diesel::prelude::*;

use crate::db::schema::submission_pictures as table;
use crate::db::{AnyConnection, Moment, dialect};
use crate::error::Result;
use crate::media::Picture;
use crate::submissions::model::Upload;

type Row = (i32, i32, String, i32, i32, Option<Vec<u8>>);

/// Every column but the content, which is a whole picture.
macro_rules! facts {
    () => {
        (
            table::picture_id,
            table::submission_id,
            table::address,
            table::width,
            table::height,
            table::content.is_not_null(),
        )
    };
}

fn upload(
    (picture_id, submission_id, address, width, height, is_kept): (i32, i32, String, i32, i32, bool),
) -> Upload {
    Upload {
        picture_id,
        submission_id,
        address,
        width,
        height,
        is_kept,
    }
}

/// The pictures of a proposal, in the order in which they came.
pub fn of_submission(connection: &mut AnyConnection, submission_id: i32) -> Result<Vec<Upload>> {
    let rows: Vec<(i32, i32, String, i32, i32, bool)> = table::table
        .filter(table::submission_id.eq(submission_id))
        .order(table::picture_id)
        .select(facts!())
        .load(connection)?;
    Ok(rows.into_iter().map(upload).collect())
}

/// A picture that is still kept, with its content.
pub fn find(connection: &mut AnyConnection, picture_id: i32) -> Result<Option<(Upload, Vec<u8>)>> {
    let row: Option<Row> = table::table
        .find(picture_id)
        .select((
            table::picture_id,
            table::submission_id,
            table::address,
            table::width,
            table::height,
            table::content,
        ))
        .get_result(connection)
        .optional()?;
    Ok(
        row.and_then(|(picture_id, submission_id, address, width, height, content)| {
            let facts = (picture_id, submission_id, address, width, height, true);
            content.map(|content| (upload(facts), content))
        }),
    )
}

/// When an author has uploaded pictures since a moment, the earliest first.
pub fn since(connection: &mut AnyConnection, author: &str, since: Moment) -> Result<Vec<Moment>> {
    Ok(table::table
        .filter(table::author.eq(author))
        .filter(table::created_at.gt(since))
        .order(table::created_at)
        .select(table::created_at)
        .load(connection)?)
}

pub fn insert(
    connection: &mut AnyConnection,
    (submission_id, author): (i32, &str),
    picture: &Picture,
    now: Moment,
) -> Result<Upload> {
    let whole = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    let (width, height) = (whole(picture.width), whole(picture.height));
    diesel::insert_into(table::table)
        .values((
            table::submission_id.eq(submission_id),
            table::author.eq(author),
            table::address.eq(&picture.address),
            table::width.eq(width),
            table::height.eq(height),
            table::created_at.eq(now),
            table::content.eq(Some(&picture.bytes)),
        ))
        .execute(connection)?;
    let picture_id = dialect::last_insert_id(connection)?;
    Ok(upload((
        picture_id,
        submission_id,
        picture.address.clone(),
        width,
        height,
        true,
    )))
}

/// Lets go of the content of a proposal's pictures, but for those that it still names; rows that count for nothing any more
/// go with it.
pub fn let_go(
    connection: &mut AnyConnection,
    submission_id: i32,
    named: &[&str],
    counted_since: Moment,
) -> Result<()> {
    let unnamed = table::table
        .filter(table::submission_id.eq(submission_id))
        .filter(table::content.is_not_null())
        .filter(table::address.ne_all(named));
    diesel::update(unnamed)
        .set(table::content.eq(None::<Vec<u8>>))
        .execute(connection)?;
    let spent = table::table
        .filter(table::content.is_null())
        .filter(table::created_at.lt(counted_since));
    diesel::delete(spent).execute(connection)?;
    Ok(())
}

/// Deletes everything that an author has uploaded.
pub fn delete_of(connection: &mut AnyConnection, author: &str) -> Result<()> {
    diesel::delete(table::table.filter(table::author.eq(author))).execute(connection)?;
    Ok(())
}
