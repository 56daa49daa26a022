<?php

// What Composer would generate, with Debian's packages in place of its own.

require_once '/usr/share/php/phpseclib3/autoload.php';
require_once __DIR__ . '/httpful.php';

spl_autoload_register(static function (string $class): void {
    $folders = [
        'PhpAmqpLib\\Tests\\Functional\\' => '/tests/Functional/',
        'PhpAmqpLib\\Tests\\Unit\\' => '/tests/Unit/',
        'PhpAmqpLib\\' => '/PhpAmqpLib/',
    ];
    foreach ($folders as $prefix => $folder) {
        if (!str_starts_with($class, $prefix)) {
            continue;
        }
        $file = getcwd() . $folder . strtr(substr($class, strlen($prefix)), '\\', '/') . '.php';
        if (is_file($file)) {
            require $file;
        }
        return;
    }
});
