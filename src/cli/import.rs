//! `vitrine import`: products from a file, with every row accounted for.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::catalog::ImportMode;
use crate::db::{Actor, Origin};
use crate::error::{Error, Result};
use crate::exchange::{Format, Import, Observer, Pictures, Refusal, Summary};
use crate::startup::Shop;

/// Refused cells that are printed; the rest is counted.
const SHOWN: usize = 50;

/// Characters of a refused value that are printed.
const SHOWN_VALUE: usize = 60;

/// Exit codes: 0 when the file was read to its end, refused rows are reported; 1 when it could not be read or
/// `--on-error reject-all` found a row to refuse.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// CSV with a header row, or JSON lines (.jsonl). Pictures in a column image_file lie beside it.
    file: PathBuf,
    /// Say what would happen, change nothing.
    #[arg(long)]
    dry_run: bool,
    /// What to do with rows that cannot be taken over.
    #[arg(long, value_enum, default_value_t)]
    on_error: OnError,
    /// How the file is written; auto goes by its name.
    #[arg(long, value_enum, default_value_t)]
    format: FileFormat,
    /// Take prices of rows in another currency as they are.
    #[arg(long)]
    assume_currency: bool,
}

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
    #[default]
    Auto,
    /// Our own columns, as CSV or JSON lines.
    Vitrine,
}

pub async fn run(arguments: ImportArguments, shop: &Shop) -> Result<()> {
    let batch = batch_id()?;
    if arguments.on_error == OnError::RejectAll && !arguments.dry_run {
        let rehearsed = import(&arguments, shop, ImportMode::Rehearse, &batch).await?;
        if rehearsed.refused > 0 {
            println!(
                "nothing was written: {} of {} rows cannot be taken over",
                rehearsed.refused, rehearsed.rows
            );
            return Err(Error::bad_request(
                "refused_rows",
                "Mend the rows named above, or use --on-error skip-rows.",
            ));
        }
    }
    let mode = if arguments.dry_run {
        ImportMode::Rehearse
    } else {
        ImportMode::Write
    };
    let summary = import(&arguments, shop, mode, &batch).await?;
    match mode {
        ImportMode::Rehearse => println!("dry run: nothing was written"),
        ImportMode::Write => println!("batch {batch}"),
    }
    println!("{summary}");
    Ok(())
}

async fn import(arguments: &ImportArguments, shop: &Shop, mode: ImportMode, batch: &str) -> Result<Summary> {
    let unreadable = |error: std::io::Error| {
        Error::bad_request(
            "unreadable_file",
            format!("{}: {error}.", arguments.file.display()),
        )
    };
    let file = File::open(&arguments.file).map_err(unreadable)?;
    let bar = bar(file.metadata().map_err(unreadable)?.len());
    let name = arguments.file.to_string_lossy();
    let format = match arguments.format {
        FileFormat::Auto | FileFormat::Vitrine => Format::of(&name),
    };
    let folder = arguments
        .file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let import = Import {
        catalog: &shop.catalog,
        media: &shop.media,
        pictures: Pictures::Folder(folder.to_owned()),
        mode,
        assume_currency: arguments.assume_currency,
        origin: Origin {
            actor: Actor::Cli,
            request_id: batch.to_owned(),
            batch: Some(batch.to_owned()),
        },
    };
    let mut terminal = Terminal {
        bar: bar.clone(),
        faults: 0,
    };
    let summary = import.run(bar.wrap_read(file), format, &mut terminal).await;
    bar.finish_and_clear();
    if terminal.faults > SHOWN {
        eprintln!("... and {} more", terminal.faults - SHOWN);
    }
    summary
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
}

impl Terminal {
    fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }
}

impl Observer for Terminal {
    fn refused(&mut self, refusal: &Refusal) {
        self.faults += 1;
        if self.faults <= SHOWN {
            let Refusal {
                row,
                column,
                value,
                reason,
            } = refusal;
            let value: String = value
                .chars()
                .take(SHOWN_VALUE)
                .flat_map(char::escape_debug)
                .collect();
            self.say(&format!(
                "row {row}, column {column}, value \"{value}\": {reason}"
            ));
        }
    }

    fn unknown_column(&mut self, name: &str) {
        self.say(&format!(
            "column {} is not known and ignored",
            name.escape_debug()
        ));
    }

    fn progress(&mut self, rows: u64) {
        self.bar.set_message(format!("{rows} rows"));
    }
}
