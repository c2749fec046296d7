/** A service that needs nothing but java.base. */
module onemalloc.example.image {}
