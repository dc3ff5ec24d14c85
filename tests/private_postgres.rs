//! The private PostgreSQL, with real processes that are really killed.

mod support;

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use entente::db::{self, DatabaseUrl, private};
use rustix::process::Signal;
use support::program::{self, Program, processes_in, send, wait_until};
use support::{TestDb, template};
use tempfile::TempDir;

/// A user that has nothing: the ordinary user, when these tests run as root.
const NOBODY: u32 = 65_534;

/// A folder of data for one test, and how the program is run on it.
struct Home {
    folder: TempDir,
    data: PathBuf,
    program: PathBuf,
    user: Option<u32>,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("entente-")
            .tempdir_in("/tmp")
            .expect("there is a /tmp");
        // PostgreSQL may run as another user, who has to come by.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("is ours");
        Self {
            data: folder.path().join("data"),
            program: PathBuf::from(env!("CARGO_BIN_EXE_entente")),
            user: None,
            folder,
        }
    }

    /// A folder with a database that has the schema, as after a first start, for tests of what comes later. It is a copy
    /// of one that is made once.
    fn prepared() -> Self {
        let home = Self::new();
        let newest = private::programs::all()
            .into_iter()
            .max_by_key(|programs| programs.version);
        let model = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "prepared-{}-{}-{}",
            rustix::process::geteuid().as_raw(),
            newest.map_or(0, |programs| programs.version.major),
            template::digest(&["migrations"])
        ));
        fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).expect("can be made");
        let lock = File::create(model.with_extension("lock")).expect("can be written");
        lock.lock().expect("can be locked");
        if !model.exists() {
            let output = home.run("migrate");
            assert!(output.status.success(), "{}", said(&output));
            let new = model.with_extension("new");
            let _left = fs::remove_dir_all(&new);
            copy(&home.data, &new);
            fs::rename(&new, &model).expect("can be renamed");
            return home;
        }
        drop(lock);
        copy(&model, &home.data);
        home
    }

    /// The same as [`new`](Self::new) for an ordinary user, who may not be able to reach the build's folder.
    fn of_nobody() -> Self {
        let mut home = Self::new();
        let program = home.folder.path().join("entente");
        fs::copy(&home.program, &program).expect("can be copied");
        chown(home.folder.path(), Some(NOBODY), Some(NOBODY)).expect("this runs as root");
        home.program = program;
        home.user = Some(NOBODY);
        home
    }

    fn command(&self) -> Command {
        let mut command = program::command_of(&self.program);
        command.env("DATA_DIR", &self.data);
        if let Some(user) = self.user {
            command.uid(user).gid(user).env("HOME", self.folder.path());
        }
        command
    }

    fn run(&self, argument: &str) -> Output {
        let mut command = self.command();
        command.arg(argument);
        program::run(command)
    }

    fn serve(&self) -> (Program, String) {
        Program::serve(self.command())
    }

    /// Connects as the program does.
    fn connect(&self) -> PgConnection {
        let text = fs::read_to_string(self.data.join("lock")).expect("the program has left word");
        let url =
            DatabaseUrl::parse(text.lines().nth(1).expect("has two lines")).expect("is an address");
        db::connect(&url).expect("can be reached")
    }

    fn postmaster(&self) -> i32 {
        let file = fs::read_to_string(self.data.join("postgres/postmaster.pid")).expect("it runs");
        file.lines()
            .next()
            .and_then(|line| line.parse().ok())
            .expect("is a number")
    }

    /// Whether there is `file` in the entry `folder`, or in one whose name starts so where that ends with a hyphen.
    fn has(&self, folder: &str, file: &str) -> bool {
        fs::read_dir(&self.data)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name == folder || folder.ends_with('-') && name.starts_with(folder)
            })
            .any(|entry| file.is_empty() || entry.path().join(file).exists())
    }

    fn processes(&self) -> Vec<(i32, String)> {
        processes_in(&self.data)
    }

    fn wait_until_nothing_runs(&self) {
        wait_until("nothing is left running", || self.processes().is_empty());
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // The folder is removed next, which PostgreSQL must not write to any more.
        for _ in 0..500 {
            if self.processes().is_empty() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Copies a folder with everything in it, owners and permissions included.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(status.expect("there is a cp").success());
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn is_healthy(address: &str) -> bool {
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(5)))
            .build(),
    );
    agent
        .get(&format!("{address}healthz"))
        .call()
        .is_ok_and(|answer| answer.status() == 200)
}

fn rows(connection: &mut PgConnection) -> i64 {
    diesel::select(sql::<BigInt>("(SELECT count(*) FROM kept)"))
        .get_result(connection)
        .expect("the table is there")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Keeps a backend so busy that it does not notice what happens around it.
fn keep_a_backend_busy(home: &Home) {
    let mut connection = home.connect();
    thread::spawn(move || {
        let _killed = connection.batch_execute(
            "SET max_parallel_workers_per_gather = 0; SELECT count(*) FROM generate_series(1, 2000000000)",
        );
    });
    thread::sleep(Duration::from_millis(100));
}

#[test]
fn it_works_for_whoever_runs_this() {
    let home = Home::new();
    let (mut server, address) = home.serve();
    assert!(is_healthy(&address));
    let owner = fs::metadata(home.data.join("postgres"))
        .expect("is there")
        .uid();
    assert_ne!(owner, 0, "PostgreSQL refuses root");
    server.signal(Signal::TERM);
    assert!(server.wait().success());
    let doctor = home.run("doctor");
    let report = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.status.success(), "{report}");
    assert!(report.contains("All is well"), "{report}");
}

#[test]
fn it_works_for_an_ordinary_user_in_the_working_directory() {
    if !is_root() {
        // Then every other test here is this one.
        return;
    }
    let mut home = Home::of_nobody();
    let mut command = home.command();
    command
        .env_remove("DATA_DIR")
        .current_dir(home.folder.path());
    let (mut server, address) = Program::serve(command);
    assert!(is_healthy(&address));
    assert_eq!(
        fs::metadata(&home.data).expect("is the default").uid(),
        NOBODY
    );
    server.signal(Signal::INT);
    assert!(server.wait().success());
    home.wait_until_nothing_runs();

    // What one user has made, root runs as that user.
    home.user = None;
    let (mut server, address) = home.serve();
    assert!(is_healthy(&address));
    server.signal(Signal::TERM);
    assert!(server.wait().success());
}

#[test]
fn nothing_is_left_running_however_it_ends() {
    let home = Home::prepared();
    for (signal, success) in [
        (Signal::INT, true),
        (Signal::TERM, true),
        (Signal::KILL, false),
    ] {
        let (mut server, _) = home.serve();
        assert!(home.processes().len() > 3, "{:?}", home.processes());
        server.signal(signal);
        assert_eq!(server.wait().success(), success);
        if success {
            assert_eq!(home.processes(), [], "it waits for PostgreSQL's end");
        }
        home.wait_until_nothing_runs();
    }
}

#[test]
fn what_is_committed_survives_kill_9_of_the_program() {
    let home = Home::prepared();
    let (mut server, _) = home.serve();
    home.connect()
        .batch_execute("CREATE TABLE kept (id int)")
        .expect("is SQL");
    let mut connection = home.connect();
    let writer = thread::spawn(move || {
        let mut committed = 0;
        while connection
            .batch_execute("INSERT INTO kept VALUES (1)")
            .is_ok()
        {
            committed += 1;
        }
        committed
    });
    thread::sleep(Duration::from_millis(200));
    server.signal(Signal::KILL);
    server.wait();
    // At once: the PostgreSQL of before is still shutting down.
    let (_server, address) = home.serve();
    assert!(is_healthy(&address));
    let committed: i64 = writer.join().expect("does not panic");
    assert!(committed > 0);
    let kept = rows(&mut home.connect());
    // The last one may have been committed without the writer hearing of it.
    assert!(
        (committed..=committed + 1).contains(&kept),
        "{committed} committed, {kept} kept"
    );
}

#[test]
fn postgresql_killed_is_started_again() {
    let home = Home::prepared();
    let (mut server, address) = home.serve();
    home.connect()
        .batch_execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)")
        .expect("is SQL");
    keep_a_backend_busy(&home);
    let before = home.postmaster();
    send(before, Signal::KILL);
    server.wait_for("PostgreSQL is back");
    assert_ne!(home.postmaster(), before);
    wait_until("it answers again", || is_healthy(&address));
    assert_eq!(rows(&mut home.connect()), 1);
    server.signal(Signal::TERM);
    assert!(server.wait().success());
    assert_eq!(home.processes(), []);
}

#[test]
fn both_killed_with_work_under_way_the_next_start_settles_it() {
    let home = Home::prepared();
    let (mut server, _) = home.serve();
    keep_a_backend_busy(&home);
    // Stopped first, so that it can't start PostgreSQL again before it is killed itself.
    server.signal(Signal::STOP);
    send(home.postmaster(), Signal::KILL);
    server.signal(Signal::KILL);
    server.wait();
    thread::sleep(Duration::from_millis(50));
    assert_eq!(
        home.processes().len(),
        1,
        "the busy backend is left: {:?}",
        home.processes()
    );
    let (_server, address) = home.serve();
    assert!(is_healthy(&address));
}

#[test]
fn the_first_start_can_be_killed_at_any_moment() {
    /// The first start has come so far when this entry of the folder has that in it; see [`Home::has`].
    const MOMENTS: [(&str, &str); 6] = [
        ("lock", ""),
        ("postgres.new-", ""),
        ("postgres.new-", "global/pg_control"),
        ("postgres.new-", "base/5"),
        ("postgres", "global/pg_control"),
        ("postgres", "postmaster.pid"),
    ];
    let moments = Mutex::new(MOMENTS.into_iter());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((folder, file)) = { moments.lock().expect("is whole").next() } {
                    let home = Home::new();
                    let mut command = home.command();
                    command.arg("serve");
                    let mut server = Program::start(command);
                    wait_until("the start has come so far", || home.has(folder, file));
                    server.signal(Signal::KILL);
                    server.wait();
                    let (_server, address) = home.serve();
                    assert!(is_healthy(&address), "after {folder}{file}");
                    let names: Vec<_> = fs::read_dir(&home.data)
                        .expect("is there")
                        .flatten()
                        .map(|entry| entry.file_name())
                        .collect();
                    assert!(names.len() == 4, "something is left: {names:?}");
                }
            });
        }
    });
}

#[test]
fn a_socket_folder_that_a_killed_start_had_not_given_away_is_taken_over() {
    let home = Home::new();
    // As it is between being made and being given to the account that PostgreSQL runs under.
    fs::create_dir_all(home.data.join("run")).expect("can be made");
    let (_server, address) = home.serve();
    assert!(is_healthy(&address));
}

#[test]
fn a_second_copy_on_the_folder_is_told_so() {
    let home = Home::prepared();
    let (server, address) = home.serve();
    let second = home.run("serve");
    let said = said(&second);
    assert!(!second.status.success());
    let folder = home.data.display();
    let start = format!(
        "entente: {folder} is in use by another copy of this program (process {}). Stop it, or give this one its own folder \
         (DATA_DIR=…), or share its database: DATABASE_URL='",
        server.id()
    );
    assert!(said.contains(&start), "{said}");
    assert!(is_healthy(&address), "the first one goes on");
    // What it proposes works.
    let url = said.split('\'').nth(1).expect("is quoted");
    let mut command = home.command();
    command.arg("migrate").env("DATABASE_URL", url);
    assert!(program::run(command).status.success());
}

#[test]
fn a_stranger_under_the_number_of_the_last_postmaster_is_left_alone() {
    let home = Home::prepared();
    let (mut server, _) = home.serve();
    let owner = fs::metadata(home.data.join("postgres")).expect("is there");
    server.signal(Signal::KILL);
    server.wait();
    home.wait_until_nothing_runs();
    let mut sleep = Command::new("sleep");
    sleep.arg("60").stdin(Stdio::null());
    if is_root() {
        sleep.uid(owner.uid()).gid(owner.gid());
    }
    let mut stranger = sleep.spawn().expect("there is a sleep");
    let file = home.data.join("postgres/postmaster.pid");
    let text = format!(
        "{}\n{}\n1700000000\n5432\n{}\n\n  1 1\nready   \n",
        stranger.id(),
        home.data.join("postgres").display(),
        home.data.join("run").display()
    );
    fs::write(&file, text).expect("can be written");
    chown(&file, Some(owner.uid()), Some(owner.gid())).expect("is ours");
    let (_server, address) = home.serve();
    assert!(is_healthy(&address));
    assert!(
        stranger.try_wait().expect("is a child").is_none(),
        "it is not ours to end"
    );
    stranger.kill().expect("is a child");
    stranger.wait().expect("is a child");
}

#[test]
fn a_postgresql_that_somebody_started_by_hand_is_left_alone() {
    let home = Home::prepared();
    let owner = fs::metadata(home.data.join("postgres")).expect("is there");
    let sockets = home.folder.path().join("sockets");
    fs::create_dir(&sockets).expect("can be made");
    chown(&sockets, Some(owner.uid()), Some(owner.gid())).expect("is ours");
    let newest = private::programs::all()
        .into_iter()
        .max_by_key(|programs| programs.version);
    let mut postgres = Command::new(newest.expect("is installed").program("postgres"));
    postgres
        .arg("-D")
        .arg(home.data.join("postgres"))
        .arg("-k")
        .arg(&sockets)
        .args(["-c", "listen_addresses="])
        .current_dir("/")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if is_root() {
        postgres.uid(owner.uid()).gid(owner.gid());
    }
    let mut postgres = postgres.spawn().expect("can be run");
    wait_until("it is up", || sockets.join(".s.PGSQL.5432").exists());
    let said = said(&home.run("migrate"));
    let expected = format!("did not start (process {})", postgres.id());
    assert!(said.contains(&expected), "{said}");
    assert!(
        postgres.try_wait().expect("is a child").is_none(),
        "it is not ours to end"
    );
    send(postgres.id().cast_signed(), Signal::INT);
    assert!(postgres.wait().expect("is a child").success());
}

#[test]
fn a_folder_with_a_long_path_works() {
    let mut home = Home::new();
    home.data = home.folder.path().join("a".repeat(60)).join("b".repeat(60));
    let (mut server, address) = home.serve();
    assert!(is_healthy(&address));
    server.signal(Signal::INT);
    assert!(server.wait().success());
}

#[test]
fn a_port_that_is_taken_is_told_before_anything_else() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let address = taken.local_addr().expect("is bound").to_string();
    let mut command = home.command();
    command.arg("serve").env("LISTEN_ADDR", &address);
    let output = program::run(command);
    let said = said(&output);
    assert!(!output.status.success());
    assert!(
        said.contains(&format!(
            "cannot listen on {address}: another program listens there"
        )),
        "{said}"
    );
    assert!(!home.data.exists(), "nothing was set up");
}

#[test]
fn what_is_wrong_is_said_with_a_way_out() {
    let home = Home::new();
    let wrong = |name: &str, value: &Path| {
        let mut command = home.command();
        command.arg("migrate").env(name, value);
        let output = program::run(command);
        assert!(!output.status.success());
        said(&output)
    };
    let empty = home.folder.path().join("empty");
    fs::create_dir(&empty).expect("can be made");
    let message = wrong("PG_BIN_DIR", &empty);
    assert!(
        message.contains("holds no PostgreSQL that can be used: it has no `initdb`"),
        "{message}"
    );

    fs::write(empty.join("PG_VERSION"), "15\n").expect("can be written");
    let message = wrong("DATA_DIR", &empty);
    assert!(
        message.contains("is itself a PostgreSQL data folder"),
        "{message}"
    );

    let mut command = home.command();
    command.arg("doctor").env(
        "DATABASE_URL",
        "postgresql://ann:s3cret@127.0.0.1:1/registry",
    );
    let doctor = program::run(command);
    let report = String::from_utf8_lossy(&doctor.stdout);
    assert_eq!(doctor.status.code(), Some(1), "{report}");
    assert!(
        report.contains("ann:***@") && !report.contains("s3cret"),
        "{report}"
    );
    assert!(report.contains("Connection refused"), "{report}");

    if is_root() {
        let closed = home.folder.path().join("closed");
        fs::create_dir(&closed).expect("can be made");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("is ours");
        let message = wrong("DATA_DIR", &closed.join("data"));
        assert!(
            message.contains("cannot be entered by the user"),
            "{message}"
        );
        assert!(!closed.join("data").exists());
    }
}

#[test]
fn two_servers_may_start_at_once_on_one_database() {
    for round in 0..20 {
        let test = TestDb::bare();
        let command = || {
            let mut command = program::command();
            command.env("DATABASE_URL", test.url().expose());
            command
        };
        let both = [command(), command()].map(|mut command| {
            thread::spawn(move || {
                if round % 4 == 0 {
                    let (mut server, address) = Program::serve(command);
                    assert!(is_healthy(&address));
                    server.signal(Signal::TERM);
                    assert!(server.wait().success(), "{}", server.log());
                } else {
                    let output = program::run({
                        command.arg("migrate");
                        command
                    });
                    assert!(output.status.success(), "{}", said(&output));
                }
            })
        });
        for one in both {
            one.join().expect("does not panic");
        }
        let state = db::migrate::state(test.url()).expect("can be read");
        assert_eq!((state.pending.len(), state.unknown.len()), (0, 0));
    }
}
