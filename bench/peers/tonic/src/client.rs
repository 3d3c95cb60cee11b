//! tonic's client, with so many calls at once. The flags are those of every client of the benchmarks.

mod calls;
mod flags;
mod usage;

use calls::{Plan, Workload};
use flags::{fail, Flags, MAX_MESSAGE};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;
use std::time::Duration;
use stubs::benchmark_service_client::BenchmarkServiceClient;
use tonic::transport::Channel;

pub mod stubs {
    tonic::include_proto!("benchmark");
}

const PROGRAM: &str = "tonic_client";

pub type Client = BenchmarkServiceClient<Channel>;

struct Options {
    target: String,
    calls: i64,
    outstanding: usize,
    threads: usize,
    plan: Arc<Plan>,
}

fn parse() -> Options {
    let mut flags = Flags::parse(PROGRAM);
    let name = flags.text("workload", "get_sum");
    let Some(workload) = Workload::named(&name) else {
        fail(PROGRAM, 2, &format!("--workload: there is no '{name}'"));
    };
    let target = flags.text("target", "127.0.0.1:9100");
    let calls = flags.number("calls", 100_000, 1, 1_000_000_000) as i64;
    let outstanding = flags.number("outstanding", 100, 1, 10_000);
    let messages = flags.number("messages", 1000, 1, 100_000_000);
    let size = flags.number("size", 1024, 1, MAX_MESSAGE - 1024);
    let metadata = flags.number("metadata", 0, 0, 60);
    let threads = flags.number("threads", 1, 1, 64);
    flags.end();
    if metadata > 0 && workload != Workload::GetSum {
        fail(PROGRAM, 2, "--metadata is for get_sum");
    }
    Options { target, calls, outstanding, threads, plan: Arc::new(Plan::new(workload, messages, size, metadata)) }
}

/// Makes so many calls, `outstanding` of them at a time.
async fn round(client: &Client, options: &Options, calls: i64) -> Result<(), String> {
    let left = Arc::new(AtomicI64::new(calls));
    let mut working = tokio::task::JoinSet::<Result<(), String>>::new();
    for _ in 0..options.outstanding {
        let (mut client, plan, left) = (client.clone(), options.plan.clone(), left.clone());
        working.spawn(async move {
            loop {
                let number = left.fetch_sub(1, Ordering::Relaxed);
                if number <= 0 {
                    return Ok(());
                }
                calls::call(&mut client, &plan, number).await?;
            }
        });
    }
    while let Some(outcome) = working.join_next().await {
        outcome.map_err(|error| error.to_string())??;
    }
    Ok(())
}

async fn measure(options: &Options) -> Result<(), String> {
    let channel = Channel::from_shared(format!("http://{}", options.target))
        .map_err(|error| error.to_string())?
        .tcp_nodelay(true)
        .connect()
        .await
        .map_err(|error| format!("cannot connect to {}: {error}", options.target))?;
    let client = Client::new(channel).max_decoding_message_size(MAX_MESSAGE).max_encoding_message_size(MAX_MESSAGE);
    round(&client, options, options.calls / 10 + 1).await?;
    let before = usage::now();
    round(&client, options, options.calls).await?;
    usage::report(&before, options.calls, options.plan.messages_of(options.calls));
    Ok(())
}

fn main() {
    let options = parse();
    let mut builder = match options.threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if options.threads > 1 {
        builder.worker_threads(options.threads);
    }
    let runtime = builder.enable_all().build().unwrap_or_else(|error| fail(PROGRAM, 1, &error.to_string()));
    let measured = runtime.block_on(async {
        match tokio::time::timeout(Duration::from_secs(900), measure(&options)).await {
            Ok(measured) => measured,
            Err(_) => Err("it ran for too long and was ended".to_string()),
        }
    });
    if let Err(error) = measured {
        fail(PROGRAM, 1, &error);
    }
}
