"""The container files, checked without an engine: they parse, and keep the promises of docs/ops.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.config import load_config

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_services_are_there() -> None:
    assert set(SERVICES) == {"postgres", "migrate", "daemon", "worker", "mailpit"}
    assert SERVICES["postgres"]["image"].startswith("postgres:18")
    assert SERVICES["mailpit"]["profiles"] == ["development"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["init"] is True
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service.get("user", "") == "10001:10001" or name == "postgres"  # Postgres drops root by itself


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_lasting_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["daemon", "worker"])
def test_workers_wait_for_the_migration(name: str) -> None:
    needs = SERVICES[name]["depends_on"]
    assert needs["migrate"] == {"condition": "service_completed_successfully"}
    assert needs["postgres"] == {"condition": "service_healthy"}
    assert SERVICES[name]["command"][-1] == "run"
    assert "container_name" not in SERVICES[name]  # or it could not be scaled
    assert "ports" not in SERVICES[name]


def test_secrets_are_files_and_every_named_one_is_declared_and_ignored_by_git() -> None:
    declared = COMPOSE["secrets"]
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(declared)
    assert all(value["file"].startswith("./secrets/") for value in declared.values())
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert "secrets" in (ROOT / ".dockerignore").read_text().splitlines()
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.search(r"(?i)password: *[^{\s/]", text)


def test_every_named_volume_is_declared() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ())]
    named = {mount.partition(":")[0] for mount in mounts if not mount.startswith(".")}
    assert named == set(COMPOSE["volumes"])
    bound = {mount.partition(":")[0] for mount in mounts if mount.startswith(".")}
    assert all((ROOT / folder).is_dir() for folder in bound)
    assert all(mount.endswith(":ro") for mount in mounts if mount.startswith("."))


def test_the_image_runs_as_nobody_special_from_locked_parts() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001", final, re.M)
    assert "--require-hashes" in DOCKERFILE
    assert 'CMD ["clinicwatch", "health"]' in final
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    assert all((ROOT / source).exists() for line in copied for source in line.split())
    assert "# development" in (ROOT / "requirements.lock").read_text()


def test_the_development_configuration_is_valid_and_points_at_mailpit() -> None:
    smtp = load_config(ROOT / "config" / "development.toml", {}).alerts.smtp
    assert smtp.host in SERVICES
