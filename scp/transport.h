#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/dcmlayer.h>
#include <dcmtk/dcmnet/dcmtrans.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "scp/socket.h"

/// Our sockets under DCMTK's upper layer. Only for `.cpp` files of `scp/`.
///
/// Acceptor. DCMTK can be given an accepted socket in one way only, the process-wide variable
/// dcmExternalSocketHandle. That is no use with many threads: the variable would have to be locked
/// while ASC_receiveAssociation waits for the first PDU of a peer, so one slow peer would block
/// all. Instead `init_dcmtk_runtime` sets the variable once, to an idle loopback connection that
/// stays open for the life of the process; DCMTK then neither binds a port nor accepts, and sets
/// harmless options on that connection. Each association has a network object of its own whose
/// transport layer disregards the handle it is offered and returns a connection over the real
/// socket. So the peer's address must come from Socket::peer_address; what DCMTK reports is the
/// idle connection's.
///
/// Requestor. DCMTK connects by itself; our layer wraps the connected socket, and starts TLS on it
/// when DCMTK asks for its "client side handshake". DCMTK's own TLS would own the socket and know
/// nothing of our deadlines (adr/0003).
namespace hilum::scp {

/// Hands DCMTK one given socket, whatever DCMTK offers. Used for a single association.
class AcceptedTransportLayer : public DcmTransportLayer {
 public:
  explicit AcceptedTransportLayer(std::shared_ptr<Socket> socket);
  ~AcceptedTransportLayer() override;
  DcmTransportConnection* createConnection(DcmNativeSocketType offered, OFBool secure) override;

 private:
  /// Made beforehand: if createConnection had to report failure, DCMTK would close the idle
  /// connection that all associations share.
  std::unique_ptr<DcmTransportConnection> connection_;
};

/// How a peer is to be called through TLS.
struct RequestedTls {
  std::shared_ptr<const TlsContext> context;
  std::string server_name;       ///< told to the peer
  std::string certificate_name;  ///< must be one of its certificate's; empty: any
};

/// Wraps the socket that DCMTK connected and remembers it. Until its deadline is changed, all of
/// the negotiation, TLS included, must end within the idle timeout.
class RequestedTransportLayer : public DcmTransportLayer {
 public:
  RequestedTransportLayer(Socket::Options options, std::optional<RequestedTls> tls)
      : options_(options), tls_(std::move(tls)) {}
  DcmTransportConnection* createConnection(DcmNativeSocketType connected, OFBool secure) override;
  /// Null until DCMTK has connected.
  [[nodiscard]] const std::shared_ptr<Socket>& socket() const { return socket_; }
  [[nodiscard]] const std::optional<RequestedTls>& tls() const { return tls_; }

 private:
  Socket::Options options_;
  std::optional<RequestedTls> tls_;
  std::shared_ptr<Socket> socket_;
};

}  // namespace hilum::scp
