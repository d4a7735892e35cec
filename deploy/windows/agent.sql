-- What wixl has no words for; build.sh puts in the version and runs each line with msibuild.

-- Only if the property is given, so that an upgrade without it leaves what is there; nor does the old
-- version take it away, which an upgrade removes first. RemoveData does when govnet leaves for good.
UPDATE `Component` SET `Condition` = 'TOKEN' WHERE `Component` = 'Token'
UPDATE `Component` SET `Condition` = 'SITE' WHERE `Component` = 'Site'
UPDATE `Component` SET `Condition` = 'COLLECTOR_URL' WHERE `Component` = 'CollectorUrl'
UPDATE `InstallExecuteSequence` SET `Condition` = 'NOT UPGRADINGPRODUCTCODE' WHERE `Action` = 'RemoveRegistryValues'

-- May come from the command line of whoever starts an elevated installation; the token is not logged.
UPDATE `Property` SET `Value` = 'OLDER_FOUND;NEWER_FOUND;TOKEN;SITE;COLLECTOR_URL' WHERE `Property` = 'SecureCustomProperties'
INSERT INTO `Property` (`Property`, `Value`) VALUES ('MsiHiddenProperties', 'TOKEN')

-- The folder goes to the end of the machine's PATH (=, *), and is taken out of it again (-).
CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)
INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`) VALUES ('Path', '=-*PATH', '[~];[INSTALLDIR]', 'Launcher')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveEnvironmentStrings', 3300)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('WriteEnvironmentStrings', 5200)

-- Every version up to this one is replaced (256 + 512: both bounds included), also a rebuilt one of the
-- same version; within the same transaction: if the new one fails, the old one is back.
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('{B080B06F-1EFA-4A8C-A8A0-C43FFC807913}', '0.0.0', '@VERSION@', 768, 'OLDER_FOUND')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveExistingProducts', 1501)
