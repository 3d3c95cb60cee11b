//! tonic's server: `--listen HOST:PORT`. Prints "listening on HOST:PORT" and ends at SIGTERM.

mod flags;

use flags::{fail, Flags, MAX_MESSAGE};
use std::pin::Pin;
use std::time::Duration;
use stubs::benchmark_service_server::{BenchmarkService, BenchmarkServiceServer};
use stubs::{Blob, ComplexMessage, StreamRequest, SumReply, SumRequest};
use tokio::signal::unix::{signal, SignalKind};
use tokio_stream::{Stream, StreamExt};
use tonic::metadata::{KeyAndValueRef, MetadataMap};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

pub mod stubs {
    tonic::include_proto!("benchmark");
}

const PROGRAM: &str = "tonic_server";

type Sums = Pin<Box<dyn Stream<Item = Result<SumReply, Status>> + Send>>;

struct Service;

/// Sums wrap around, as int32 does on the wire.
fn sum(a: i32, b: i32) -> SumReply {
    SumReply { result: a.wrapping_add(b) }
}

fn return_metadata(received: &MetadataMap, returned: &mut MetadataMap) {
    for entry in received.iter() {
        if let KeyAndValueRef::Ascii(name, value) = entry {
            if name.as_str().starts_with("bench-") {
                returned.append(name.clone(), value.clone());
            }
        }
    }
}

#[tonic::async_trait]
impl BenchmarkService for Service {
    type StreamSumStream = Sums;
    type EchoSumStream = Sums;

    async fn get_sum(&self, request: Request<SumRequest>) -> Result<Response<SumReply>, Status> {
        let numbers = request.get_ref();
        let mut response = Response::new(sum(numbers.a, numbers.b));
        if numbers.return_metadata {
            return_metadata(request.metadata(), response.metadata_mut());
        }
        Ok(response)
    }

    async fn stream_sum(&self, request: Request<StreamRequest>) -> Result<Response<Sums>, Status> {
        let request = request.into_inner();
        let reply = sum(request.a, request.b);
        Ok(Response::new(Box::pin(tokio_stream::iter((0..request.count).map(move |_| Ok(reply))))))
    }

    async fn collect_sum(&self, request: Request<Streaming<SumRequest>>) -> Result<Response<SumReply>, Status> {
        let mut requests = request.into_inner();
        let mut total = 0;
        while let Some(request) = requests.message().await? {
            total = sum(total, sum(request.a, request.b).result).result;
        }
        Ok(Response::new(SumReply { result: total }))
    }

    async fn echo_sum(&self, request: Request<Streaming<SumRequest>>) -> Result<Response<Sums>, Status> {
        let replies = request.into_inner().map(|request| request.map(|request| sum(request.a, request.b)));
        Ok(Response::new(Box::pin(replies)))
    }

    async fn echo(&self, request: Request<Blob>) -> Result<Response<Blob>, Status> {
        Ok(Response::new(request.into_inner()))
    }

    async fn complex(&self, request: Request<ComplexMessage>) -> Result<Response<ComplexMessage>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

async fn serve(listen: &str) -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind(listen).await?;
    println!("listening on {}", listener.local_addr()?);
    let mut terminated = signal(SignalKind::terminate())?;
    let service =
        BenchmarkServiceServer::new(Service).max_decoding_message_size(MAX_MESSAGE).max_encoding_message_size(MAX_MESSAGE);
    let serving = tonic::transport::Server::builder()
        .add_service(service)
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
    tokio::select! {
        served = serving => served?,
        _ = terminated.recv() => {}
        () = tokio::time::sleep(Duration::from_secs(3600)) => return Err("it ran for too long and was ended".into()),
    }
    Ok(())
}

/// One thread, as befits one core: the runtime with several costs more there.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut flags = Flags::parse(PROGRAM);
    let listen = flags.text("listen", "127.0.0.1:9700");
    flags.end();
    if let Err(error) = serve(&listen).await {
        fail(PROGRAM, 1, &error.to_string());
    }
}
