//! The stream of a list by popularity: ids come in order from the table of scores, in growing pieces, and the products
//! among them that the filter leaves are kept. Must not know how a score decays.

use std::collections::HashMap;

use diesel::prelude::*;

use super::keyset::Key;
use super::{Entry, Listed, Query, Stream};
use crate::catalog::repo::popularity;
use crate::db::AnyConnection;
use crate::db::limit::Limit;
use crate::db::schema::products;
use crate::db::walk::Products;
use crate::error::Result;
use crate::web::paging::Cursor;

/// Ids of the first piece and of the largest; each is twice the one before, so that a filter that leaves little costs
/// few questions.
const FIRST_PIECE: i64 = 64;
const LARGEST_PIECE: i64 = 4096;

/// Products that are asked for at once: most pages are full long before a piece is used up.
const BY_KEY: usize = 64;

pub(super) fn read<T: Listed>(
    stream: &Stream<'_>,
    connection: &mut AnyConnection,
    load: &impl Fn(Query, Limit, &mut AnyConnection) -> Result<Vec<T>>,
) -> Result<Vec<Entry<T>>> {
    let descending = stream.sort.id_descends() != stream.backward;
    let mut behind = stream.cursor.map(position).transpose()?;
    let mut piece = FIRST_PIECE;
    let mut found = Vec::new();
    let is_enough =
        |found: &Vec<Entry<T>>| i64::try_from(found.len()).is_ok_and(|length| length >= stream.rows);
    loop {
        let ranked = popularity::ranked(connection, stream.category, behind, descending, piece)?;
        for some in ranked.chunks(BY_KEY) {
            found.extend(among(stream, connection, load, some)?);
            if is_enough(&found) {
                return Ok(found);
            }
        }
        if i64::try_from(ranked.len()).is_ok_and(|length| length < piece) {
            return Ok(found);
        }
        behind = ranked.last().copied();
        piece = (piece * 2).min(LARGEST_PIECE);
    }
}

/// The products among these that the filter leaves, in their order.
fn among<T: Listed>(
    stream: &Stream<'_>,
    connection: &mut AnyConnection,
    load: &impl Fn(Query, Limit, &mut AnyConnection) -> Result<Vec<T>>,
    ranked: &[(f64, i32)],
) -> Result<Vec<Entry<T>>> {
    let ids: Vec<i32> = ranked.iter().map(|(_, id)| *id).collect();
    let source = Products::by_primary_key(connection);
    let query = stream.narrowing.query(connection, source, stream.category);
    let limit = Limit::settled(connection, LARGEST_PIECE);
    let items = load(query.filter(products::product_id.eq_any(ids)), limit, connection)?;
    let mut items: HashMap<i32, T> = items.into_iter().map(|item| (item.id(), item)).collect();
    let entry = |(score, id): &(f64, i32)| {
        let item = items.remove(id)?;
        let keys = vec![Key::Score(*score)];
        Some(Entry { keys, id: *id, item })
    };
    Ok(ranked.iter().filter_map(entry).collect())
}

fn position(cursor: &Cursor) -> Result<(f64, i32)> {
    let score = cursor.keys.first().and_then(|key| key.parse::<f64>().ok());
    let score = score.filter(|score| score.is_finite() && cursor.keys.len() == 1);
    Ok((score.ok_or_else(Cursor::refused)?, cursor.id))
}
