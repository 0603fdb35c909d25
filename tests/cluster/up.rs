//! `make cluster UP=1`: the cluster for people, until they have enough.

use std::net::Ipv4Addr;

use tokio::signal::unix::{SignalKind, signal};

use crate::balancer::{HTTPS, OPS};
use crate::browser::Account;
use crate::stage::{ADMIN, API, SHOP, Stage};
use crate::{say, suite};

#[test]
#[ignore = "runs until it is interrupted; `make cluster UP=1` starts it"]
fn the_cluster_stays_up_until_it_is_interrupted() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        // From the beginning: an interrupt while servers start must not leave any behind.
        let mut interrupted = signal(SignalKind::interrupt()).unwrap();
        let Some(stage) = Stage::open(Some(Ipv4Addr::LOCALHOST)) else {
            return suite::without("MariaDB, Redis and HAProxy");
        };
        say(&told(&stage));
        interrupted.recv().await;
        say("stopping everything");
    });
}

fn told(stage: &Stage) -> String {
    let Account { email, password } = Account::create(&stage.place);
    let nodes: Vec<String> = stage
        .nodes
        .iter()
        .map(|node| format!("  {} http://{}", node.part.name, node.address))
        .collect();
    let folder = stage.place.folder.display();
    format!(
        "\nThe cluster is up; Ctrl-C stops it.\n\n\
         \x20 shop   https://{SHOP}:{HTTPS}\n\
         \x20 admin  https://{ADMIN}:{HTTPS}   sign in with {email} and {password}\n\
         \x20 API    https://{API}:{HTTPS}/docs\n\
         \x20 load balancer  http://{}:{OPS} (its metrics: /metrics)\n\n\
         The certificate is self-signed: browsers ask once, curl takes --cacert {folder}/tls.pem\n\
         Logs and the load balancer's socket (balancer.sock) are in {folder}\n\n\
         Nodes (health and metrics on port 9100 each):\n{}\n",
        stage.balancer.address,
        nodes.join("\n"),
    )
}
