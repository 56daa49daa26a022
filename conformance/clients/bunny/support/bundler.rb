# Stands in for Bundler: the gems come from Debian's packages and from this folder.
module Bundler
  def self.require(*_groups)
    Kernel.require 'rabbitmq/http/client'
    Kernel.require 'toxiproxy'
  end
end
