//! `vitrine import`: products from a file, with every row accounted for.

mod fault_file;

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use fault_file::FaultFile;

use super::unusable;
use crate::catalog::{Elsewhere, ImportMode};
use crate::db::{Actor, Origin};
use crate::error::{Error, Result};
use crate::exchange::{Format, Import, Observer, Pictures, Refusal, Summary};
use crate::startup::Shop;

/// Faults that are printed; the rest is counted.
const SHOWN: usize = 50;

#[derive(Debug, Args)]
#[command(after_help = EXPLANATION)]
pub struct ImportArguments {
    /// CSV with a header row, or JSON lines (.jsonl).
    file: PathBuf,
    /// Say what would happen, change nothing.
    #[arg(long)]
    dry_run: bool,
    /// What to do with rows that cannot be taken over.
    #[arg(long, value_enum, default_value_t)]
    on_error: OnError,
    /// Whose columns the file has.
    #[arg(long, value_enum, default_value_t)]
    format: FileFormat,
    /// Take prices of rows in another currency as they are.
    #[arg(long)]
    assume_currency: bool,
    /// Write every fault to this CSV file (row, column, value, reason).
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
}

const EXPLANATION: &str = "\
Columns: name, slug, sku, brand, description, price, category, stock_quantity (or stock), image_url, image_file,
buy_url, is_active, created_at, currency. Others are named once and ignored. A column that is missing and a cell that is blank
leave a product as it is. image_file is the path of a picture beside the file; it replaces image_url.
An apostrophe before =, +, - or @, as `vitrine export` writes it to keep a text from becoming a formula, is taken away.

A row is about the product with its sku, else its slug, else its name; if there is none, a new product is made.
Rows are counted as a spreadsheet does: the header is row 1.

Exit code: 0 when the file was read to its end, even if rows were refused; 1 when it could not be read, or when
--on-error reject-all found a row to refuse. The last line tells what became of the rows.";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum OnError {
    /// Import the others.
    #[default]
    SkipRows,
    /// Import nothing unless every row can be taken over.
    RejectAll,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum FileFormat {
    /// Find out.
    #[default]
    Auto,
    /// Our own, as CSV or JSON lines.
    Vitrine,
}

pub async fn run(arguments: ImportArguments, shop: &Shop) -> Result<()> {
    let batch = batch_id()?;
    let rejects = arguments.on_error == OnError::RejectAll;
    if arguments.dry_run || rejects {
        let rehearsed = import(&arguments, shop, ImportMode::Rehearse, &batch).await?;
        if arguments.dry_run || rehearsed.refused > 0 {
            let cause = if arguments.dry_run { "dry run" } else { "rejected" };
            println!("{cause}: nothing was written\n{rehearsed}");
            return judged(rejects, &rehearsed);
        }
    }
    let summary = import(&arguments, shop, ImportMode::Write, &batch).await?;
    // What came in is in; that the database did not look at it only costs time later.
    if let Err(error) = shop.catalog.refresh_statistics().await {
        tracing::warn!(%error, "the database could not look at its tables");
    }
    println!("batch {batch}\n{summary}");
    judged(rejects, &summary)
}

/// Refused rows fail an import that was to be whole. After a rehearsal without fault there are some only if the shop
/// was changed meanwhile.
fn judged(rejects: bool, summary: &Summary) -> Result<()> {
    if rejects && summary.refused > 0 {
        let detail = format!(
            "{} of {} rows cannot be taken over.",
            summary.refused, summary.rows
        );
        return Err(Error::bad_request("refused_rows", detail));
    }
    Ok(())
}

async fn import(arguments: &ImportArguments, shop: &Shop, mode: ImportMode, batch: &str) -> Result<Summary> {
    let file = opened(&arguments.file, arguments.on_error)?;
    let mut terminal = Terminal {
        bar: bar(file.metadata().map_or(0, |data| data.len())),
        faults: 0,
        errors: fault_file(arguments)?,
    };
    let folder = arguments.file.parent().filter(|folder| *folder != Path::new(""));
    let import = Import {
        catalog: &shop.catalog,
        media: &shop.media,
        pictures: Pictures::Folder(folder.unwrap_or(Path::new(".")).to_owned()),
        mode,
        assume_currency: arguments.assume_currency,
        origin: Origin {
            actor: Actor::Cli,
            request_id: batch.to_owned(),
            batch: Some(batch.to_owned()),
        },
    };
    let format = match arguments.format {
        FileFormat::Auto | FileFormat::Vitrine => Format::of_name(&arguments.file.to_string_lossy()),
    };
    let source = terminal.bar.wrap_read(file);
    let summary = import.run(source, format, &mut terminal).await;
    terminal.finish()?;
    summary
}

fn fault_file(arguments: &ImportArguments) -> Result<Option<FaultFile>> {
    let Some(errors) = &arguments.errors else {
        return Ok(None);
    };
    let is_the_import = errors
        .canonicalize()
        .is_ok_and(|errors| arguments.file.canonicalize().is_ok_and(|file| file == errors));
    if is_the_import {
        return Err(unusable(errors, &"is the file to be imported"));
    }
    FaultFile::create(errors).map(Some)
}

fn opened(path: &Path, on_error: OnError) -> Result<File> {
    let file = File::open(path).map_err(|error| unusable(path, &error))?;
    let data = file.metadata().map_err(|error| unusable(path, &error))?;
    if data.is_dir() {
        return Err(unusable(path, &"is a folder"));
    }
    if !data.is_file() && on_error == OnError::RejectAll {
        return Err(unusable(path, &"can be read only once; reject-all reads twice"));
    }
    Ok(file)
}

/// By bytes, because nobody knows the number of rows; invisible when standard error is no terminal.
fn bar(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {percent}%  {msg}  {elapsed} of about {duration}")
    {
        bar.set_style(style);
    }
    bar
}

fn batch_id() -> Result<String> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(Error::internal)?;
    Ok(format!("import-{}", hex::encode(random)))
}

struct Terminal {
    bar: ProgressBar,
    faults: usize,
    errors: Option<FaultFile>,
}

impl Terminal {
    fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    fn finish(self) -> Result<()> {
        self.bar.finish_and_clear();
        if self.faults > SHOWN {
            let more = self.faults - SHOWN;
            eprintln!("... and {more} more; --errors FILE writes all of them");
        }
        self.errors.map_or(Ok(()), FaultFile::finish)
    }
}

impl Observer for Terminal {
    fn unknown_columns(&mut self, names: &[String]) {
        let names: Vec<String> = names
            .iter()
            .map(|name| format!("\"{}\"", name.escape_debug()))
            .collect();
        self.say(&format!("ignored columns: {}", names.join(", ")));
    }

    fn refused(&mut self, refusal: &Refusal) {
        self.faults += 1;
        if let Some(errors) = &mut self.errors {
            errors.add(refusal);
        }
        if self.faults <= SHOWN {
            let Refusal {
                row,
                column,
                value,
                reason,
            } = refusal;
            let value = if value.is_empty() {
                String::new()
            } else {
                format!(", value \"{value}\"")
            };
            self.say(&format!("row {row}, column {column}{value}: {reason}"));
        }
    }

    fn stands_elsewhere(&mut self, found: &Elsewhere) {
        let Elsewhere { category, said, .. } = found;
        let place = match &found.stands_below {
            Some(above) => format!("below \"{above}\""),
            None => "at the top".to_owned(),
        };
        self.say(&format!(
            "category \"{category}\" stays {place}; the file has it below \"{said}\""
        ));
    }

    fn progress(&mut self, rows: u64) {
        self.bar.set_message(format!("{rows} rows"));
    }
}
