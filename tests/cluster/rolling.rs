//! The cluster as `deploy/rollout` knows it: a file that says where the nodes are, and a process manager of a few lines of
//! shell. Must not know what is asked meanwhile.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::balancer::HTTPS;
use crate::stage::{DOMAIN, Node, Stage};
use crate::topology::{OPS_PORT, PORT};
use crate::{signal, until};

const ROLLOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/rollout");

/// Starts the program in the background as a service would be, and stops it as systemd does: SIGTERM, then patience.
const MANAGER: &str = r#"
cd "$(dirname "$0")"
case $1 in
  stop)
    process=$(cat "$NODE.pid")
    kill -TERM "$process" 2>/dev/null
    # One that ended but was not waited for has no command line.
    while [ -n "$(tr -d '\0' <"/proc/$process/cmdline" 2>/dev/null)" ]; do sleep 0.05; done
    ;;
  start)
    . "./$NODE.env"
    setsid "$VERSION" serve --no-demo --role "$ROLE" >>"$NODE.log" 2>&1 </dev/null &
    echo $! >"$NODE.pid"
    ;;
esac
"#;

/// Its processes end when it is dropped.
pub struct Rolling {
    folder: PathBuf,
    nodes: Vec<String>,
}

impl Rolling {
    /// Hands these nodes over to the manager, in this order.
    pub fn of(stage: &Stage, nodes: &[&Node]) -> Rolling {
        let folder = stage.place.folder.join("rolling");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("manager"), MANAGER).unwrap();
        let rolling = Rolling {
            nodes: nodes.iter().map(|node| name(node)).collect(),
            folder,
        };
        rolling.write_cluster(stage, nodes);
        for node in nodes {
            let process = node.serving.id().to_string();
            fs::write(rolling.file(&name(node), "pid"), process).unwrap();
            fs::write(rolling.file(&name(node), "env"), settings(stage, node)).unwrap();
        }
        rolling
    }

    fn file(&self, node: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{node}.{kind}"))
    }

    fn write_cluster(&self, stage: &Stage, nodes: &[&Node]) {
        let folder = self.folder.display();
        let socket = stage.place.folder.join("balancer.sock");
        let mut text = format!(
            "state = 'rollout.json'\nbalancer = '{}'\nbackups = '{folder}/backups'\n[commands]\n\
             vitrine = '. \"{folder}/{}.env\"; exec \"$VERSION\" \"$@\"'\n\
             stop = 'sh \"{folder}/manager\" stop'\nstart = 'sh \"{folder}/manager\" start'\n\
             [wait]\nready = 20\n",
            socket.display(),
            self.nodes[0],
        );
        for node in nodes {
            let backend = match node.part.name {
                "admin-backup" => "admin",
                "realtime" => "sockets",
                name => name,
            };
            text.push_str(&format!(
                "[[nodes]]\nname = '{}'\nrole = '{}'\nbackend = '{backend}'\naddress = '{}'\nport = {PORT}\n\
                 ops_port = {OPS_PORT}\nhost = '{}.{DOMAIN}:{HTTPS}'\n",
                name(node),
                node.part.role,
                node.address,
                node.part.host(),
            ));
        }
        fs::write(self.folder.join("cluster.toml"), text).unwrap();
    }

    /// The exit code, and everything that was said.
    pub fn to(&self, version: &Path, more: &[&str]) -> (Option<i32>, String) {
        let output = self.command(version, more).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    }

    /// The same, killed as soon as it has begun with this node, or with none of those named.
    pub fn killed_at(&self, node: usize, version: &Path, more: &[&str]) {
        let mut rollout: Child = self
            .command(version, more)
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        until(
            "the rollout has begun with a node",
            Duration::from_secs(120),
            || {
                assert!(
                    rollout.try_wait().unwrap().is_none(),
                    "the rollout ended before it came there"
                );
                self.step_of(node) == "begun"
            },
        );
        // With whatever it was running at the moment.
        signal_group(rollout.id(), "KILL");
        rollout.wait().unwrap();
    }

    /// What was written down of a node.
    fn step_of(&self, node: usize) -> String {
        let state = fs::read(self.folder.join("rollout.json")).unwrap_or_default();
        let state: Value = serde_json::from_slice(&state).unwrap_or_default();
        state["nodes"][&self.nodes[node]]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn command(&self, version: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(ROLLOUT);
        command
            .arg(self.folder.join("cluster.toml"))
            .arg(version)
            .args(more);
        command
    }

    /// How many whole backups were made.
    pub fn backups(&self) -> usize {
        let made = fs::read_dir(self.folder.join("backups"))
            .into_iter()
            .flatten()
            .flatten();
        made.filter(|backup| backup.path().join("manifest.json").exists())
            .count()
    }

    /// Which program each node runs.
    pub fn programs(&self) -> Vec<PathBuf> {
        let programs = self.nodes.iter().map(|node| {
            let process = fs::read_to_string(self.file(node, "pid")).unwrap();
            fs::read_link(format!("/proc/{}/exe", process.trim())).unwrap()
        });
        programs.collect()
    }

    /// A version of this name that is a script.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A copy of a program: another version, as far as can be told from outside.
    pub fn copy(&self, program: &Path) -> PathBuf {
        let path = self.folder.join("next");
        fs::copy(program, &path).unwrap();
        path
    }
}

impl Drop for Rolling {
    fn drop(&mut self) {
        for node in &self.nodes {
            let process = fs::read_to_string(self.file(node, "pid")).unwrap();
            let program = format!("/proc/{}/exe", process.trim());
            if fs::read_link(program).is_ok() {
                signal(process.trim().parse().unwrap(), "KILL");
            }
        }
    }
}

fn signal_group(leader: u32, name: &str) {
    let told = Command::new("kill")
        .args([&format!("-{name}"), "--", &format!("-{leader}")])
        .status();
    assert!(told.unwrap().success(), "no group {leader}");
}

fn name(node: &Node) -> String {
    format!("{}-{}", node.part.name, node.address)
}

/// The node's settings as a file for the shell. It needs no wait before its end: the load balancer is told beforehand.
fn settings(stage: &Stage, node: &Node) -> String {
    let command = stage.command(&node.part, node.address);
    let mut text = format!("ROLE='{}'\n", node.part.role);
    for (key, value) in command.get_envs() {
        let (key, value) = (key.to_str().unwrap(), value.unwrap_or_default().to_str().unwrap());
        text.push_str(&format!("export {key}='{value}'\n"));
    }
    text + "export VITRINE__SERVER__DRAIN_S=0\n"
}
