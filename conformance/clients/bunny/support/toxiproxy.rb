# Stands in for the gem toxiproxy and its server, which Debian does not have: one proxy that can be
# cut, with every connection that goes through it. It listens at TOXIPROXY_LISTEN, wherever that is:
# connections to the port that the specs name are redirected.
require 'socket'

class Toxiproxy
  @proxies = {}

  class << self
    def running? = true

    def populate(descriptions)
      descriptions.each do |description|
        @proxies[description[:name]] ||= new(description[:upstream])
      end
    end

    def [](pattern) = @proxies.find { |name, _| name.match?(pattern) }.last
  end

  def initialize(upstream)
    @upstream = upstream.split(':')
    @sockets = Queue.new
  end

  def enable
    return if @server

    @server = TCPServer.new('127.0.0.1', ENV.fetch('TOXIPROXY_LISTEN'))
    Thread.new(@server) { |server| loop { pass_on(server.accept) } }.report_on_exception = false
  end

  def down
    disable
    yield
  ensure
    enable
  end

  private

  def disable
    @server.close
    @server = nil
    @sockets.pop.close until @sockets.empty?
  end

  def pass_on(client)
    broker = TCPSocket.new(*@upstream)
    [client, broker].each { |socket| @sockets << socket }
    copy(client, broker)
    copy(broker, client)
  end

  def copy(from, to)
    thread = Thread.new do
      IO.copy_stream(from, to)
    ensure
      [from, to].each(&:close)
    end
    thread.report_on_exception = false
  end
end
