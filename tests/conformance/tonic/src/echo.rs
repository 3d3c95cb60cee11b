//! The case custom_metadata asks the server for a trailer on a successful unary call, for which tonic's handlers have
//! no way: so it is done around them.

use http_body::{Body, Frame, SizeHint};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::codegen::http::{HeaderValue, Request, Response};

pub const INITIAL: &str = "x-grpc-test-echo-initial";
pub const TRAILING: &str = "x-grpc-test-echo-trailing-bin";

#[derive(Clone)]
pub struct EchoLayer;

impl<S> tower_layer::Layer<S> for EchoLayer {
    type Service = Echo<S>;
    fn layer(&self, service: S) -> Echo<S> {
        Echo { service }
    }
}

#[derive(Clone)]
pub struct Echo<S> {
    service: S,
}

impl<S, RequestBody, ResponseBody> tower_service::Service<Request<RequestBody>> for Echo<S>
where
    S: tower_service::Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    S::Future: Send + 'static,
{
    type Response = Response<EchoBody<ResponseBody>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let initial = request.headers().get(INITIAL).cloned();
        let trailing = request.headers().get(TRAILING).cloned();
        let response = self.service.call(request);
        Box::pin(async move {
            let mut response = response.await?;
            if let Some(value) = initial {
                response.headers_mut().insert(INITIAL, value);
            }
            Ok(response.map(|body| EchoBody { body: Box::pin(body), trailing }))
        })
    }
}

pub struct EchoBody<B> {
    body: Pin<Box<B>>,
    trailing: Option<HeaderValue>,
}

// The body is in a box: the wrapper itself may move.
impl<B> Unpin for EchoBody<B> {}

impl<B: Body> Body for EchoBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut frame = self.body.as_mut().poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &mut frame {
            if let (Some(trailers), Some(value)) = (frame.trailers_mut(), &self.trailing) {
                trailers.insert(TRAILING, value.clone());
            }
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
