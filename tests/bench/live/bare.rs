//! A server that does nothing but hold sockets, with the library that the shop uses. Must not know the shop.

use actix::{Actor, StreamHandler};
use actix_web::{App, HttpRequest, HttpServer, web};
use actix_web_actors::ws;

/// A session that does nothing.
struct Idle;

impl Actor for Idle {
    type Context = ws::WebsocketContext<Self>;
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for Idle {
    fn handle(&mut self, _: Result<ws::Message, ws::ProtocolError>, _: &mut Self::Context) {}
}

pub fn serve() -> std::io::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let open =
            |request: HttpRequest, stream: web::Payload| async move { ws::start(Idle, &request, stream) };
        let server = HttpServer::new(move || App::new().route("/ws", web::get().to(open)))
            .workers(1)
            .bind(("127.0.0.1", 0))?;
        println!("listening on http://{}", server.addrs()[0]);
        server.run().await
    })
}
