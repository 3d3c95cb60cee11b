// The messages and stubs come from the same file as farcall's own.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    tonic_prost_build::configure()
        .compile_protos(&["../../proto/benchmark.proto".to_string()], &["../../proto".to_string()])?;
    Ok(())
}
