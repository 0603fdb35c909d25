//! The executable: everything is in the library.

use std::process::ExitCode;

#[actix_web::main]
async fn main() -> ExitCode {
    vitrine::cli::run().await
}
