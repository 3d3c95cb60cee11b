//! gRPC's interoperability cases with tonic: `client --server_host=H --server_port=P --test_case=C`, or
//! `server --port=P`, which prints "listening on HOST:PORT" and ends at SIGTERM.

mod client;
mod echo;
mod server;

pub mod stubs {
    tonic::include_proto!("grpc.testing");
}

/// The value of `--name=value` among the arguments.
fn flag(name: &str) -> Result<String, String> {
    let prefix = format!("--{name}=");
    std::env::args()
        .find_map(|argument| argument.strip_prefix(&prefix).map(str::to_string))
        .ok_or(format!("{prefix} is missing"))
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("client") => {
            client::run(&flag("server_host")?, &flag("server_port")?, &flag("test_case")?).await
        }
        Some("server") => server::run(&flag("port")?).await,
        _ => Err("the first argument is client or server".into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    match run().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tonic-interop: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
