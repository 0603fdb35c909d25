//! `vitrine db topology --emit`: what to write into the servers' configuration and to run on them for one primary with
//! replicas, with least rights for each account. The texts are in `config/topology/`; the tests run them.

use clap::{Args, ValueEnum};

use crate::error::{Error, Result};

#[derive(Debug, Args)]
pub struct TopologyArguments {
    /// What to print: for the primary, for a replica, or a compose file with all of it and the shop.
    #[arg(long, value_enum)]
    emit: Option<Emit>,
    #[arg(long, value_enum, default_value_t = Server::Mariadb)]
    server: Server,
    /// Print only the lines of the configuration file, or only the statements.
    #[arg(long, value_enum)]
    part: Option<Part>,
    /// A commit waits until one replica has it too: nothing is lost when the primary dies, and each write takes longer.
    #[arg(long)]
    semi_sync: bool,
    #[arg(long, default_value = "shop")]
    database: String,
    /// Where replicas find the primary.
    #[arg(long, default_value = "db1")]
    primary_host: String,
    #[arg(long, default_value_t = 3306)]
    primary_port: u16,
    /// The number of the replica: unique among all servers.
    #[arg(long, default_value_t = 2)]
    server_id: u32,
    /// From which hosts the accounts may sign in, such as 10.0.0.%.
    #[arg(long, default_value = "%")]
    clients: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Emit {
    Primary,
    Replica,
    Compose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Server {
    Mariadb,
    Mysql,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Config,
    Sql,
}

impl TopologyArguments {
    /// Whether the servers that there are are asked for, not those to be set up.
    pub fn is_status(&self) -> bool {
        self.emit.is_none()
    }
}

pub fn run(arguments: &TopologyArguments) -> Result<()> {
    check_names(arguments)?;
    match arguments.emit {
        None => {}
        Some(Emit::Primary) => print(arguments, &primary_config(arguments), &primary_sql(arguments)),
        Some(Emit::Replica) => print(
            arguments,
            &replica_config(arguments, arguments.server_id),
            &replica_sql(arguments),
        ),
        Some(Emit::Compose) => print!("{}", compose(arguments)),
    }
    Ok(())
}

/// They stand in SQL and in addresses, unquoted by any driver.
fn check_names(arguments: &TopologyArguments) -> Result<()> {
    for (name, text, allowed) in [
        ("--database", &arguments.database, "_"),
        ("--primary-host", &arguments.primary_host, ".-:"),
        ("--clients", &arguments.clients, ".-:%_/"),
    ] {
        let plain = |c: char| c.is_ascii_alphanumeric() || allowed.contains(c);
        if text.is_empty() || !text.chars().all(plain) {
            return Err(Error::bad_request(
                "bad_name",
                format!("{name} {text}: letters, digits and {allowed} only."),
            ));
        }
    }
    Ok(())
}

fn print(arguments: &TopologyArguments, config: &str, sql: &str) {
    match arguments.part {
        Some(Part::Config) => print!("{config}"),
        Some(Part::Sql) => print!("{sql}"),
        None => print!("{config}\n{sql}"),
    }
}

fn primary_config(arguments: &TopologyArguments) -> String {
    let (config, semi_sync) = match arguments.server {
        Server::Mariadb => (
            include_str!("../../../config/topology/primary-mariadb.cnf"),
            "rpl_semi_sync_master_enabled = ON\nrpl_semi_sync_master_wait_point = AFTER_SYNC\n\
             # Milliseconds; then it goes on alone until a replica is back. Less than the shop's database.frozen_ms.\nrpl_semi_sync_master_timeout = 500\n",
        ),
        Server::Mysql => (
            include_str!("../../../config/topology/primary-mysql.cnf"),
            "plugin_load_add = semisync_source.so\nrpl_semi_sync_source_enabled = ON\n\
             # Milliseconds; then it goes on alone until a replica is back. Less than the shop's database.frozen_ms.\nrpl_semi_sync_source_timeout = 500\n",
        ),
    };
    with_semi_sync(arguments, config, semi_sync)
}

fn replica_config(arguments: &TopologyArguments, server_id: u32) -> String {
    let (config, semi_sync) = match arguments.server {
        Server::Mariadb => (
            include_str!("../../../config/topology/replica-mariadb.cnf"),
            "rpl_semi_sync_slave_enabled = ON\n",
        ),
        Server::Mysql => (
            include_str!("../../../config/topology/replica-mysql.cnf"),
            "plugin_load_add = semisync_replica.so\nrpl_semi_sync_replica_enabled = ON\n",
        ),
    };
    with_semi_sync(arguments, config, semi_sync).replace("{server_id}", &server_id.to_string())
}

fn with_semi_sync(arguments: &TopologyArguments, config: &str, lines: &str) -> String {
    if arguments.semi_sync {
        format!("{config}# A commit is answered when one replica has it.\n{lines}")
    } else {
        config.to_owned()
    }
}

fn primary_sql(arguments: &TopologyArguments) -> String {
    filled(arguments, include_str!("../../../config/topology/accounts.sql"))
}

fn replica_sql(arguments: &TopologyArguments) -> String {
    let sql = match arguments.server {
        Server::Mariadb => include_str!("../../../config/topology/replica-mariadb.sql"),
        Server::Mysql => include_str!("../../../config/topology/replica-mysql.sql"),
    };
    filled(arguments, sql)
}

fn filled(arguments: &TopologyArguments, text: &str) -> String {
    // In a GRANT on all tables of a database an underscore stands for any character.
    text.replace("{pattern}", &arguments.database.replace('_', "\\_"))
        .replace("{database}", &arguments.database)
        .replace("{clients}", &arguments.clients)
        .replace("{primary_host}", &arguments.primary_host)
        .replace("{primary_port}", &arguments.primary_port.to_string())
}

fn compose(arguments: &TopologyArguments) -> String {
    let (image, variable, folder, check) = match arguments.server {
        Server::Mariadb => (
            "mariadb:10.11",
            "MARIADB_ROOT_PASSWORD",
            "/etc/mysql/conf.d",
            "[CMD, healthcheck.sh, --connect, --innodb_initialized]",
        ),
        // Over TCP: the server that only sets itself up answers on its socket alone.
        Server::Mysql => (
            "mysql:8.4",
            "MYSQL_ROOT_PASSWORD",
            "/etc/mysql/conf.d",
            "[CMD-SHELL, 'mysqladmin ping --host=127.0.0.1 --user=root --password=\"$$MYSQL_ROOT_PASSWORD\"']",
        ),
    };
    let sql = |text: &str| {
        let named = text
            .replace("<replication password>", "${REPLICATION_PASSWORD:?}")
            .replace("<application password>", "${APPLICATION_PASSWORD:?}")
            .replace("<migration password>", "${MIGRATION_PASSWORD:?}");
        indented(&named)
    };
    let inside = replica_sql(arguments)
        .replace(&format!("'{}'", arguments.primary_host), "'primary'")
        .replace(&format!("= {},", arguments.primary_port), "= 3306,");
    filled(arguments, include_str!("../../../config/topology/compose.yml"))
        .replace("{database_image}", image)
        .replace("{root_variable}", variable)
        .replace("{config_folder}", folder)
        .replace("{database_check}", check)
        .replace("{primary_cnf}", &indented(&primary_config(arguments)))
        .replace("{replica_1_cnf}", &indented(&replica_config(arguments, 2)))
        .replace("{replica_2_cnf}", &indented(&replica_config(arguments, 3)))
        .replace("{primary_sql}", &sql(&primary_sql(arguments)))
        .replace("{replica_sql}", &sql(&inside))
}

/// Inside a block of YAML.
fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| match line {
        "" => String::new(),
        line => format!("      {line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}
