//! `vitrine export`: the products as a file, which `vitrine import` reads back without a change.

mod target;

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use target::Target;

use crate::catalog::filter::Scope;
use crate::db::Seq;
use crate::error::Result;
use crate::exchange::{Export, Format};
use crate::startup::Shop;

#[derive(Debug, Args)]
#[command(after_help = EXPLANATION)]
pub struct ExportArguments {
    /// Where to write; standard output without one.
    file: Option<PathBuf>,
    /// By the file's name (.csv, .jsonl) unless given; CSV when that says nothing.
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Which products to write.
    #[arg(long, value_enum, default_value_t)]
    status: Status,
}

const EXPLANATION: &str = "\
Columns: name, sku, slug, description, brand, price, sale_price, sale_starts_at, sale_ends_at, category, tags,
stock_quantity, images, buy_url, publish_at, is_active, created_at, currency, and attr.KEY for each attribute. JSON lines hold
the same with a sale, tags, images and attributes as objects and lists. Pictures are addresses; their files stay.

In CSV a text that a spreadsheet would run as a formula begins with an apostrophe, which the import takes away again.

The file appears under its name when it is complete. The last line on standard error tells how many rows it has.";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FileFormat {
    /// Comma-separated values with a header row.
    Csv,
    /// One JSON object per line.
    Jsonl,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Status {
    /// Everything that is not deleted.
    #[default]
    Kept,
    /// What customers see.
    Visible,
    /// Not deleted, but switched off.
    Hidden,
}

pub async fn run(arguments: ExportArguments, shop: &Shop) -> Result<()> {
    let format = match arguments.format {
        Some(FileFormat::Csv) => Some(Format::Csv),
        Some(FileFormat::Jsonl) => Some(Format::JsonLines),
        None => arguments
            .file
            .as_ref()
            .and_then(|file| Format::of_name(&file.to_string_lossy())),
    };
    let scope = match arguments.status {
        Status::Kept => Scope::Kept,
        Status::Visible => Scope::Visible,
        Status::Hidden => Scope::Hidden,
    };
    let bar = bar(arguments.file.is_none());
    let mut target = Target::open(arguments.file)?;
    // A replica may write the file as well, once it has seen what the primary has by now.
    let now = Seq(shop.db.primary_head().await?.seq);
    let mut export = Export::begin(&shop.catalog, format.unwrap_or(Format::Csv), scope, now).await?;
    let mut rows = 0;
    while let Some(piece) = export.next().await? {
        target.write(&piece.bytes)?;
        rows += piece.rows;
        if let Some(total) = piece.total {
            bar.set_length(total);
        }
        bar.set_position(rows);
    }
    target.finish()?;
    bar.finish_and_clear();
    eprintln!("rows={rows}");
    Ok(())
}

/// By rows; invisible when standard error is no terminal, or when the rows themselves appear there.
fn bar(to_standard_output: bool) -> ProgressBar {
    if to_standard_output && std::io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} rows  {elapsed}") {
        bar.set_style(style);
    }
    bar
}
