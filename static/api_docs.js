// Swagger UI over our own schema. A file of its own, for the pages' policy lets no inline script run.
const target = document.getElementById("api-docs");

SwaggerUIBundle({
  url: target.dataset.schema,
  domNode: target,
  deepLinking: true,
  // The validator's badge would tell a stranger's server of every visit.
  validatorUrl: null,
});
