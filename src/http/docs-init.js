// Starts Swagger UI on /docs. A file of its own, since the page lets no inline script run.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  // The key is forgotten with the page.
  persistAuthorization: false,
  validatorUrl: null,
});
