# Stands in for the gem rabbitmq_http_api_client, which Debian does not have: the calls that bunny's
# specs make.
require 'json'
require 'net/http'
require 'ostruct'

module Faraday
  class ResourceNotFound < StandardError
  end
end

module RabbitMQ
  module HTTP
    class Client
      def initialize(endpoint)
        @endpoint = URI(endpoint)
      end

      # RabbitMQ lists a connection seconds after it was opened, and the specs count on a client that
      # has done by then what it does when it is connected again.
      def list_connections = list('/api/connections').tap { sleep 0.5 }

      def list_channels = list('/api/channels')

      def list_queues = list('/api/queues')

      def list_exchanges(vhost) = list("/api/exchanges/#{escaped(vhost)}")

      def close_connection(name)
        answer(Net::HTTP::Delete.new("/api/connections/#{escaped(name)}"))
      end

      private

      def list(path)
        JSON.parse(answer(Net::HTTP::Get.new(path)).body).map { |item| OpenStruct.new(item) }
      end

      def answer(request)
        request.basic_auth('guest', 'guest')
        response = Net::HTTP.start(@endpoint.host, @endpoint.port) { |http| http.request(request) }
        raise Faraday::ResourceNotFound, request.path if response.is_a?(Net::HTTPNotFound)

        response.value
        response
      end

      def escaped(part) = URI.encode_www_form_component(part).gsub('+', '%20')
    end
  end
end
