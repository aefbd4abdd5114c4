#include "contract/certificates/credential_files.hpp"

namespace smartroute::certificates {

CredentialFiles::CredentialFiles(CredentialPaths paths, Read read)
    : paths_(std::move(paths)), read_(std::move(read)) {}

Result<bool> CredentialFiles::look() {
  auto authorities = read_(paths_.authorities);
  if (!authorities) return fail(std::move(authorities.error()));
  auto chain = read_(paths_.chain);
  if (!chain) return fail(std::move(chain.error()));
  auto key = read_(paths_.key);
  if (!key) return fail(std::move(key.error()));
  if (current_ && *authorities == current_->authorities && *chain == current_->chain &&
      *key == current_->key.reveal())
    return false;

  if (const auto believed = parse_certificates(*authorities); !believed)
    return fail(Error(believed.error()).with_context(paths_.authorities));
  auto own = parse_certificates(*chain);
  if (!own) return fail(std::move(own.error()).with_context(paths_.chain));
  if (auto belongs = check_key(*chain, *key); !belongs)
    return fail(std::move(belongs.error()).with_context(paths_.key));

  auto next = std::make_shared<Credentials>();
  next->authorities = std::move(*authorities);
  next->chain = std::move(*chain);
  next->key = Secret(std::move(*key));
  next->own = std::move(own->front());
  next->generation = current_ ? current_->generation + 1 : 1;
  current_ = std::move(next);
  return true;
}

}  // namespace smartroute::certificates
