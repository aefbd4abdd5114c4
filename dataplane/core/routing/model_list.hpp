// The bodies of GET /v1/models and GET /v1/models/{id}, in OpenAI's form.
#pragma once
#include <string>

namespace smartroute::routing {

class View;

// {"object":"list","data":[...]} over view.listed_models.
std::string list_models(const View& view);

}  // namespace smartroute::routing
