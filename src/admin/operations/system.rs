//! How the servers describe themselves to programs. Must not know how they are asked.

use super::MANAGEMENT;
use crate::accounts::Scope;
use crate::web::openapi::{Example, Object, Operation, Schema};

pub fn database() -> Operation {
    Operation::new(MANAGEMENT, "showDatabase", "Show the databases")
        .about("The primary and its replicas: whether they are in service, how far behind, and how many connections there are.")
        .needs_key(Scope::Admin.as_str())
        .answers(200, "The databases as this process sees them.", Some(databases()))
        .example(Example::of("/api/admin/system/database"))
}

fn databases() -> Schema {
    let writable = Schema::boolean()
        .describe("False while the primary is out of service: the shop can be read but not changed.");
    let databases = Object::new()
        .with("writable", writable)
        .with("nodes", Schema::list(node()));
    Schema::named("Databases", databases.closed())
}

fn node() -> Schema {
    let count = |about: &str| Schema::integer().describe(about);
    let connections = Object::new()
        .with("size", count("The most there may be."))
        .with("idle", count("Open and not in use."))
        .with("used", count("In use."));
    let lag = Schema::any_of(&["number", "null"])
        .describe("Behind the newest heartbeat seen anywhere, in seconds.");
    let node = Object::new()
        .with("name", Schema::text().example("replica-1"))
        .with("in_service", Schema::boolean())
        .with(
            "fault",
            Schema::text()
                .describe("Why it is not, or was not until just now.")
                .or_null(),
        )
        .with("version", Schema::text().describe("Of the server.").or_null())
        .with("server_id", count("By which a fail-over is noticed.").or_null())
        .with("read_only", Schema::boolean().or_null())
        .with("seq", count("The newest change that it has.").or_null())
        .with("lag_seconds", lag)
        .with("connections", connections.closed());
    Schema::named("DatabaseNode", node.closed())
}
