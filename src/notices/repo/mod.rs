//! Storage of notices. Must not know why anybody is told.

use diesel::prelude::*;

use crate::catalog::LowStock;
use crate::db::schema::notices as table;
use crate::db::{AnyConnection, Moment};
use crate::error::{Error, Result};
use crate::notices::Notice;

/// Notices kept per person; older ones go.
const MOST_NOTICES: i64 = 200;

type Row = (i32, i32, String, i32, Moment, Option<Moment>);

/// Tells somebody of products, each under the change that is the reason; what was told already is not told again. Old notices go.
pub fn tell(
    connection: &mut AnyConnection,
    user_id: i32,
    told: &[(String, LowStock)],
    now: Moment,
) -> Result<()> {
    for (change_hash, low) in told {
        let inserted = diesel::insert_into(table::table)
            .values((
                table::user_id.eq(user_id),
                table::change_hash.eq(change_hash),
                table::product_id.eq(low.product_id),
                table::name.eq(&low.name),
                table::stock_quantity.eq(low.stock_quantity),
                table::created_at.eq(now),
            ))
            .execute(connection);
        match inserted.map_err(Error::from) {
            // Another process was faster.
            Err(error) if error.is_taken() => {}
            settled => drop(settled?),
        }
    }
    let of_user = table::table.filter(table::user_id.eq(user_id));
    let oldest_kept: Option<i32> = of_user
        .order(table::notice_id.desc())
        .offset(MOST_NOTICES - 1)
        .limit(1)
        .select(table::notice_id)
        .get_result(connection)
        .optional()?;
    if let Some(oldest_kept) = oldest_kept {
        diesel::delete(of_user.filter(table::notice_id.lt(oldest_kept))).execute(connection)?;
    }
    Ok(())
}

/// A person's notices, the newest first.
pub fn newest(connection: &mut AnyConnection, user_id: i32, limit: i64) -> Result<Vec<Notice>> {
    let rows: Vec<Row> = table::table
        .filter(table::user_id.eq(user_id))
        .order(table::notice_id.desc())
        .limit(limit)
        .select((
            table::notice_id,
            table::product_id,
            table::name,
            table::stock_quantity,
            table::created_at,
            table::read_at,
        ))
        .load(connection)?;
    let notice = |(notice_id, product_id, name, stock_quantity, at, read_at): Row| Notice {
        notice_id,
        low: LowStock {
            product_id,
            name,
            stock_quantity,
        },
        at,
        is_read: read_at.is_some(),
    };
    Ok(rows.into_iter().map(notice).collect())
}

pub fn unread(connection: &mut AnyConnection, user_id: i32) -> Result<i64> {
    Ok(table::table
        .filter(table::user_id.eq(user_id))
        .filter(table::read_at.is_null())
        .count()
        .get_result(connection)?)
}

pub fn mark_read(connection: &mut AnyConnection, user_id: i32, up_to: i32, now: Moment) -> Result<()> {
    let unread = table::table
        .filter(table::user_id.eq(user_id))
        .filter(table::read_at.is_null())
        .filter(table::notice_id.le(up_to));
    diesel::update(unread)
        .set(table::read_at.eq(now))
        .execute(connection)?;
    Ok(())
}
