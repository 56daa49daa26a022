<?php

// Stands in for the package nategood/httpful, which Debian does not have: the calls that the tests
// make. What goes to the management API with TLS goes to MANAGEMENT instead.

namespace Httpful\Exception;

class ConnectionErrorException extends \Exception
{
}

namespace Httpful;

class Request
{
    /** @var string[] */
    private $headers = ['Content-Type: application/json'];

    /** @var int */
    private $seconds = 10;

    public function __construct(private string $method, private string $url, private string $body)
    {
    }

    public static function post(string $url, string $body, string $mime): self
    {
        return new self('POST', $url, $body);
    }

    public static function put(string $url, string $body): self
    {
        return new self('PUT', $url, $body);
    }

    public static function delete(string $url): self
    {
        return new self('DELETE', $url, '');
    }

    public function timeout(int $seconds): self
    {
        $this->seconds = $seconds;
        return $this;
    }

    public function expectsJson(): self
    {
        $this->headers[] = 'Accept: application/json';
        return $this;
    }

    public function basicAuth(string $user, string $password): self
    {
        $this->headers[] = 'Authorization: Basic ' . base64_encode("$user:$password");
        return $this;
    }

    public function whenError(callable $told): self
    {
        return $this;
    }

    /** @return object{code: int} */
    public function send(): object
    {
        $http = [
            'method' => $this->method,
            'header' => $this->headers,
            'content' => $this->body,
            'timeout' => $this->seconds,
            'ignore_errors' => true,
        ];
        $url = preg_replace('~^https://[^/]*~', getenv('MANAGEMENT'), $this->url);
        $answer = @file_get_contents($url, false, stream_context_create(['http' => $http]));
        if ($answer === false) {
            throw new Exception\ConnectionErrorException("cannot reach $url");
        }
        return (object) ['code' => (int) explode(' ', $http_response_header[0])[1]];
    }
}
