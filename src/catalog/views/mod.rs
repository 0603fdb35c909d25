//! The public pages: what is shown of products and categories. Functions of data to markup, no query and no clock.
//! Must not know how a page was asked for.

mod card;
mod filter;
mod home;
mod list;
mod product;
mod search;
mod structured;
mod text;

pub use card::{cards, picture, price, stock};
pub use filter::{FilterForm, Way};
pub use home::{Home, home};
pub use list::{About, List, list, paging};
pub use product::product;
pub use text::{text_page, text_pages};
