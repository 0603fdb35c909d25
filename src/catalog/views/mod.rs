//! The public pages: what is shown of products and categories. Functions of data to markup, no query and no clock.
//! Must not know how a page was asked for.

mod card;
mod home;
mod list;
mod product;

pub use card::{cards, picture, stock};
pub use home::{Home, home};
pub use list::{FilterForm, List, list, paging};
pub use product::product;
